import { Check, X } from 'lucide-react'
import { useNotebook } from '../session/notebook-store.ts'
import { useRuns } from '../session/run-store.ts'
import { formatBytes, formatCount, formatMs } from '../theme/format.ts'
import styles from './demo.module.css'
import bars from './partitions-panel.module.css'
import { cellOfRole, usePartitionRuns } from './partition-runs.ts'
import { verdicts, WAY_NAMES, type PartitionRun } from './partition-verdict.ts'
import { PARTITION_ROLES, type PartitionRole } from './partitions-notebook.ts'

interface ComparedRun extends PartitionRun {
  readonly role: string
  readonly rowCount: number
  /** Undefined until the panel has run on this very result. */
  readonly checksum: string | null | undefined
}

const CHARTS: readonly {
  readonly title: string
  readonly value: (run: PartitionRun) => number
  readonly text: (value: number) => string
}[] = [
  { title: 'Time, the better of two runs', value: (run) => run.elapsedMs, text: formatMs },
  { title: 'Spilled', value: (run) => run.spilledBytes, text: formatBytes },
  { title: 'Number of spills', value: (run) => run.spillCount, text: formatCount },
  { title: 'Peak of memory', value: (run) => run.peakBytes, text: formatBytes },
]

/** The four runs side by side, what they show in words, and whether their answers are equal. */
export function PartitionsPanel() {
  const cells = useNotebook((state) => state.history.present)
  const runs = useRuns((state) => state.runs)
  const checks = usePartitionRuns()
  const compared = PARTITION_ROLES.flatMap((role): ComparedRun[] => {
    const cell = cellOfRole(cells, role.role)
    const run = cell && runs[cell.id]
    if (run?.kind !== 'done' || !run.result) return []
    const { id, profile, rowCount } = run.result
    const check = checks[role.role]
    const again = check?.resultId === id ? check : undefined
    return [
      {
        role: role.role,
        partitions: partitionsOf(run.ranText, role),
        way: role.way,
        elapsedMs: Math.min(profile.elapsedMs, again?.againMs ?? Infinity),
        spilledBytes: profile.spilledBytes,
        spillCount: profile.spillCount,
        peakBytes: profile.peakReservedBytes,
        rowCount,
        checksum: again?.checksum,
      },
    ]
  })
  if (compared.length === 0) {
    return (
      <p className={styles.empty}>
        Nothing to compare yet: run the cells above and then this one, or choose Run all.
      </p>
    )
  }
  return (
    <div className={styles.panel}>
      <div className={bars.charts}>
        {CHARTS.map((chart) => (
          <BarChart key={chart.title} {...chart} runs={compared} />
        ))}
      </div>
      <Answers runs={compared} />
      <ul className={bars.verdicts} aria-label="What happened">
        {verdicts(compared).map(({ pair, finding, figures }) => (
          <li key={pair}>
            <strong>{pair}:</strong> {finding} <span className={styles.fact}>{figures}</span>
          </li>
        ))}
      </ul>
    </div>
  )
}

/** As the cell said when it ran: a reader may have tried another number. */
function partitionsOf(text: string, { partitions }: PartitionRole): number {
  return Number(/\btarget_partitions\s*=\s*(\d+)/i.exec(text)?.[1] ?? partitions)
}

function BarChart({
  title,
  value,
  text,
  runs,
}: (typeof CHARTS)[number] & { readonly runs: readonly ComparedRun[] }) {
  const most = Math.max(...runs.map(value), Number.MIN_VALUE)
  return (
    <figure className={bars.chart}>
      <figcaption className={bars.title}>{title}</figcaption>
      <dl className={bars.bars}>
        {runs.map((run) => (
          <div key={run.role} className={bars.row}>
            <dt className={bars.name}>
              {run.partitions} partitions, {WAY_NAMES[run.way]}
            </dt>
            <dd className={bars.value}>
              <span
                className={bars.bar}
                data-way={run.way}
                style={{ width: `${(100 * value(run)) / most}%` }}
              />
              <span className={bars.text}>{text(value(run))}</span>
            </dd>
          </div>
        ))}
      </dl>
    </figure>
  )
}

function Answers({ runs }: { readonly runs: readonly ComparedRun[] }) {
  const known = runs.filter(({ checksum }) => checksum !== undefined)
  if (known.length < PARTITION_ROLES.length) {
    return (
      <p role="status" className={styles.verdict}>
        {`${runs.length} of ${PARTITION_ROLES.length} cells have run. Run this panel to compare their answers.`}
      </p>
    )
  }
  const answers = new Set(known.map(({ checksum, rowCount }) => `${rowCount} ${checksum}`))
  const equal = answers.size === 1
  const Icon = equal ? Check : X
  const [first] = known
  return (
    <p role="status" className={styles.verdict}>
      <span className={styles.agreement} data-agree={equal}>
        <Icon size={14} aria-hidden />
        {equal
          ? `All four answers are equal: ${formatCount(first?.rowCount ?? 0)} rows, checksum ${first?.checksum ?? 'not taken'}.`
          : `The answers differ: ${known.map(({ rowCount, checksum }) => `${formatCount(rowCount)} rows, ${checksum ?? 'no checksum'}`).join('; ')}.`}
      </span>
    </p>
  )
}
