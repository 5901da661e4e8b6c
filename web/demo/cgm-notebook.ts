import type { CgmPreset } from '../../workers/protocol.ts'
import { codeCell, markdownCell, panelCell, type CodeCell } from '../notebook/cell.ts'
import type { Notebook } from '../notebook/notebook.ts'

/** How the panels of the demo find the two versions that are cells. */
export const POLARS_ROLE = 'version-2'
export const SQL_ROLE = 'sql-version'

export const STEP_MINUTES = { published: 60, lifelike: 5 } as const satisfies Record<CgmPreset, number>

/** The demo: what is missing from glucose readings, filled under a gap policy in three ways that must agree. */
export function cgmNotebook(preset: CgmPreset = 'published'): Notebook {
  const step = STEP_MINUTES[preset]
  return {
    title: 'Glucose readings with gaps',
    cells: [
      markdownCell(INTRODUCTION),
      panelCell('cgm-readings', preset),
      markdownCell(POLICY),
      codeCell('polars', polarsText(step), POLARS_ROLE),
      codeCell('sql', sqlText(step), SQL_ROLE),
      markdownCell(COMPARISON),
      panelCell('cgm-comparison'),
      markdownCell(DAY),
      panelCell('cgm-day'),
      markdownCell(CONSENSUS),
      {
        ...codeCell('sql', CONSENSUS_SQL),
        chart: { mark: 'line', x: 'day', y: 'in_range_pct', colour: null },
      },
    ],
  }
}

/** The cell's text for readings that come every `step` minutes; other edits of the person stay. */
export function withStep(cell: CodeCell, step: number): CodeCell {
  const text =
    cell.kind === 'polars'
      ? cell.text.replace(/^STEP = \d+/m, `STEP = ${step}`)
      : cell.text.replace(/\b\d+ AS step\b/, `${step} AS step`)
  return text === cell.text ? cell : { ...cell, text }
}

const INTRODUCTION = `# Glucose readings with gaps

A continuous glucose monitor reports at a fixed interval, except when it does not: sensors lose contact, phones run out of power. Before anything is averaged, each gap has to be filled or left open, by a rule that everybody can check.

This page makes the readings, fills the gaps in three ways (row by row over JavaScript objects, as a Polars pipeline, as one SQL query) and shows that all three agree to the last digit. **Run all** does everything; nothing leaves this tab.`

const POLICY = `## The gap policy

Between two consecutive readings of one person:

- up to 30 minutes apart: a straight line between them (*linear*)
- up to 120 minutes apart: the earlier value again (*last observation carried forward*, LOCF)
- further apart: the missing readings stay NULL

These are thresholds that this notebook chose, not a regulator's. Change them in the cells and run again.

Version 2, in Polars: the gap to the reading before, one row for every missing reading, and the policy as one \`when\` chain. Below it, the same in SQL.`

function polarsText(step: number): string {
  return `STEP = ${step}  # minutes between two readings

df = pl.scan_parquet("readings.parquet").sort(["user_id", "timestamp"])

# 1. every reading beside the one before it, person by person
df = df.with_columns([
    pl.col("timestamp").shift(1).over("user_id").alias("prev_ts"),
    pl.col("glucose_mg_dl").shift(1).over("user_id").alias("prev_glucose"),
])
df = df.with_columns((pl.col("timestamp") - pl.col("prev_ts")).dt.total_minutes().alias("gap"))

# 2. one row for every reading that should lie between the two
gaps = df.filter(pl.col("gap") > STEP).with_columns((pl.col("gap") // STEP - 1).alias("missing"))
slots = gaps.with_columns(pl.int_ranges(1, pl.col("missing") + 1).alias("slot")).explode("slot")

# 3. the gap policy
imputed = slots.with_columns(
    pl.when(pl.col("gap") <= 30)
      .then(
          pl.col("prev_glucose")
          + (pl.col("glucose_mg_dl") - pl.col("prev_glucose")) * pl.col("slot") / (pl.col("missing") + 1)
      )
      .when(pl.col("gap") <= 120)
      .then(pl.col("prev_glucose"))
      .otherwise(pl.lit(None))
      .alias("glucose_mg_dl"),
    pl.when(pl.col("gap") <= 30).then(pl.lit("linear"))
      .when(pl.col("gap") <= 120).then(pl.lit("locf"))
      .otherwise(pl.lit("missing"))
      .alias("band"),
    (pl.col("prev_ts") + pl.duration(minutes=pl.col("slot") * STEP)).alias("timestamp"),
)

measured = df.with_columns(pl.lit("measured").alias("band"))
filled = pl.concat([
    measured.select("user_id", "timestamp", "glucose_mg_dl", "band"),
    imputed.select("user_id", "timestamp", "glucose_mg_dl", "band"),
])

filled.select(
    (pl.col("band") == "measured").sum().alias("rows_in"),
    pl.len().alias("rows_out"),
    (pl.col("band") == "linear").sum().alias("linear"),
    (pl.col("band") == "locf").sum().alias("locf"),
    (pl.col("band") == "missing").sum().alias("missing"),
    (pl.col("glucose_mg_dl") * 10 + 0.5).floor().cast(pl.Int64).sum().alias("checksum"),
)`
}

function sqlText(step: number): string {
  return `WITH ordered AS (
  SELECT "timestamp", glucose_mg_dl, ${step} AS step,
         lag("timestamp") OVER (PARTITION BY user_id ORDER BY "timestamp") AS prev_ts,
         lag(glucose_mg_dl) OVER (PARTITION BY user_id ORDER BY "timestamp") AS prev_glucose
  FROM readings
), gaps AS (
  SELECT *, date_diff('minute', prev_ts, "timestamp") AS gap FROM ordered
), slots AS (
  SELECT *, gap // step - 1 AS missing, unnest(generate_series(1, gap // step - 1)) AS slot
  FROM gaps
  WHERE gap > step
), filled AS (
  SELECT glucose_mg_dl, 'measured' AS band FROM readings
  UNION ALL
  SELECT CASE WHEN gap <= 30
              THEN prev_glucose + (glucose_mg_dl - prev_glucose) * slot / (missing + 1)
              WHEN gap <= 120 THEN prev_glucose END,
         CASE WHEN gap <= 30 THEN 'linear' WHEN gap <= 120 THEN 'locf' ELSE 'missing' END
  FROM slots
)
SELECT count(*) FILTER (WHERE band = 'measured') AS rows_in,
       count(*) AS rows_out,
       count(*) FILTER (WHERE band = 'linear') AS linear,
       count(*) FILTER (WHERE band = 'locf') AS locf,
       count(*) FILTER (WHERE band = 'missing') AS missing,
       sum(CAST(floor(glucose_mg_dl * 10 + 0.5) AS BIGINT)) AS checksum
FROM filled`
}

const COMPARISON = `## Three versions, one answer

Version 1 makes an object for every row, in a worker of its own so that the page stays alive. Six figures have to agree exactly. The checksum is the sum of all glucose values in tenths of mg/dL, so it is a whole number and does not depend on the order of addition.`

const DAY = `## One person, one day

Measured readings, and what the policy put between them.`

const CONSENSUS = `## The daily figures

What clinicians read first, per day over everybody: the share of readings from 70 to 180 mg/dL (time in range), below and above it, the glucose management indicator, GMI % = 3.31 + 0.02392 × mean in mg/dL, and the coefficient of variation. The query reads \`filled\`, which the Polars cell left behind.`

const CONSENSUS_SQL = `WITH known AS (
  SELECT CAST("timestamp" AS DATE) AS day, glucose_mg_dl AS glucose
  FROM filled
  WHERE glucose_mg_dl IS NOT NULL
)
SELECT day,
       count(*) AS readings,
       round(100.0 * count(*) FILTER (WHERE glucose BETWEEN 70 AND 180) / count(*), 1) AS in_range_pct,
       round(100.0 * count(*) FILTER (WHERE glucose < 70) / count(*), 1) AS below_pct,
       round(100.0 * count(*) FILTER (WHERE glucose > 180) / count(*), 1) AS above_pct,
       round(3.31 + 0.02392 * avg(glucose), 2) AS gmi_pct,
       round(100.0 * stddev(glucose) / avg(glucose), 1) AS cv_pct
FROM known
GROUP BY day
ORDER BY day`
