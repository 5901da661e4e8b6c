import { Dropdown } from '../controls/choice.tsx'
import { reportProblem } from '../session/problems.ts'
import { asWireError } from '../session/wire-error.ts'
import { DayChart } from './day-chart.tsx'
import { readDay } from './day-query.ts'
import { useDemo } from './demo-store.ts'
import styles from './demo.module.css'

export function DayPanel() {
  const days = useDemo((state) => state.days)
  const day = useDemo((state) => state.day)
  if (!day) {
    return (
      <p className={styles.empty}>
        Run the Polars cell and then this one: it draws the day on which the policy had most to do.
      </p>
    )
  }

  function choose(label: string) {
    const of = days.find((each) => each.label === label)
    if (!of) return
    readDay(of).then(
      (points) => useDemo.setState({ day: { of, points } }),
      (thrown: unknown) => reportProblem('That day could not be read', asWireError(thrown)),
    )
  }

  return (
    <div className={styles.panel}>
      <div className={styles.line}>
        <Dropdown
          label="Person and day"
          value={day.of.label}
          options={days.map((each) => ({ value: each.label, label: each.label }))}
          onChange={choose}
        />
      </div>
      <DayChart title={day.of.label} points={day.points} />
    </div>
  )
}
