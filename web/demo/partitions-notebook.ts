import { codeCell, markdownCell, panelCell } from '../notebook/cell.ts'
import type { Notebook } from '../notebook/notebook.ts'

const EVENT_ROWS = 4_000_000
const HEAP_MB = 16

export type Way = 'one-step' | 'two-steps'

export interface PartitionRole {
  /** The role of the cell that runs it. */
  readonly role: string
  readonly partitions: 4 | 16
  readonly way: Way
}

/** The four runs that the panel compares. */
export const PARTITION_ROLES: readonly PartitionRole[] = [
  { role: 'partitions-4-one-step', partitions: 4, way: 'one-step' },
  { role: 'partitions-16-one-step', partitions: 16, way: 'one-step' },
  { role: 'partitions-4-two-steps', partitions: 4, way: 'two-steps' },
  { role: 'partitions-16-two-steps', partitions: 16, way: 'two-steps' },
]

/** The second example: one query over a table eight times the heap, with few and many partitions, in one step and in two. */
export function partitionsNotebook(): Notebook {
  return {
    title: 'Partitions and memory',
    cells: [
      markdownCell(INTRODUCTION),
      codeCell('sql', EVENTS_SQL),
      markdownCell(ONE_STEP),
      ...runsOf('one-step'),
      markdownCell(TWO_STEPS),
      ...runsOf('two-steps'),
      markdownCell(COMPARISON),
      panelCell('partition-runs'),
      markdownCell(AFTERWARDS),
      codeCell('sql', 'RESET memory_limit;\nRESET target_partitions'),
    ],
  }
}

function runsOf(wanted: Way) {
  return PARTITION_ROLES.filter(({ way }) => way === wanted).map(({ role, partitions, way }) =>
    codeCell('sql', `SET target_partitions = ${partitions};\n\n${QUERIES[way]}`, role),
  )
}

const INTRODUCTION = `# Partitions and memory

A query that groups shares its memory among its partitions. More partitions keep more cores busy; but each of them gets a smaller part of the same heap, fills it sooner and goes to the disk more often. On a small heap, two pieces of advice are often given: **use fewer partitions**, and **take \`COUNT(DISTINCT …)\` in two steps**.

Partitions are real here: rows are dealt to them in turn, so that the same people and days are in all of them; each has groups of its own, a share of the memory of its own, and spills by itself. The inspector lists them below the operator that spilled. (Left alone, this engine has no partitions: all threads work within one share. \`SET threads\` says how many they are.)

This page tries both on your machine. It makes ${(EVENT_ROWS / 1e6).toFixed(0)} million events, about 124 MiB, and gives queries ${HEAP_MB} MB: an eighth. **Run all** takes some seconds, and whatever happens is measured, not assumed.`

const EVENTS_SQL = `SET memory_limit = '${HEAP_MB}MB';

-- 2,000 people over 14 days, every value fixed by the row's number
CREATE OR REPLACE TABLE events AS
SELECT CAST(hash(i) % 2000 AS BIGINT) AS user_id,
       TIMESTAMP '2026-03-02'
         + to_seconds(CAST(hash(i + 1) % (14 * 86400) AS BIGINT)) AS event_time,
       CAST(hash(i) % 2000 * 100 + hash(i + 2) % 60 AS BIGINT) AS session_id,
       CAST(hash(i + 3) % 600 AS BIGINT) AS duration  -- seconds
FROM range(${EVENT_ROWS}) AS numbers(i)`

const ONE_STEP = `## In one step

Events, sessions and the mean duration for every person and day. To count different sessions, every session of every person and day has to be remembered until the end: far more than the ${HEAP_MB} MB hold, so part of it spills.`

const TWO_STEPS = `## In two steps

First one row for every person, day and session, with its count and sum; then sessions are counted, and counts and sums added up. The same answer, and no operator is left that has to tell values apart within a group.`

const QUERIES: Readonly<Record<Way, string>> = {
  'one-step': `SELECT user_id,
       CAST(event_time AS DATE) AS day,
       count(*) AS events,
       count(DISTINCT session_id) AS sessions,
       avg(duration) AS avg_duration
FROM events
GROUP BY user_id, day
ORDER BY user_id, day`,
  'two-steps': `WITH per_session AS (
  SELECT user_id,
         CAST(event_time AS DATE) AS day,
         session_id,
         count(*) AS events,
         count(duration) AS measured,
         sum(duration) AS total
  FROM events
  GROUP BY user_id, day, session_id
)
SELECT user_id,
       day,
       CAST(sum(events) AS BIGINT) AS events,
       count(session_id) AS sessions,
       sum(total) / sum(measured) AS avg_duration
FROM per_session
GROUP BY user_id, day
ORDER BY user_id, day`,
}

const COMPARISON = `## What happened

The panel runs each of the four cells once more and keeps the better time of both runs, because whoever is first pays for compiling. The other figures are those of that run. A checksum over all rows shows whether the answers are the same.`

const AFTERWARDS = `## Afterwards

The limit holds for every query of this page until it is taken back.`
