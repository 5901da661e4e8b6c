import pl from 'nodejs-polars'
import { CGM_PRESETS, CGM_START_MICROS, slotCount } from '../../engine/formats/generated/cgm-presets.ts'
import { glucoseOf } from '../../engine/formats/generated/glucose-model.ts'
import { readingGaps } from '../../engine/formats/generated/reading-gaps.ts'
import type { CgmRun } from './page/cgm.ts'
import { timed } from './page/timing.ts'

const minuteMicros = 60_000_000
const stepMinutes = CGM_PRESETS.published.stepMinutes

/** The published readings in time order per person, with the eight columns of the notebook's demo. */
export function publishedReadings(): pl.DataFrame {
  const plan = CGM_PRESETS.published
  const slots = slotCount(plan)
  const present = readingGaps(plan)
  const user: number[] = []
  const at: number[] = []
  const glucose: number[] = []
  const values = new Float64Array(slots)
  for (let person = 0; person < plan.users; person++) {
    const mine = present.subarray(person * slots, (person + 1) * slots)
    glucoseOf(plan, person, mine, values)
    for (let slot = 0; slot < slots; slot++) {
      if (mine[slot] === 0) continue
      user.push(person + 1)
      at.push(Number(CGM_START_MICROS) + slot * plan.stepMinutes * minuteMicros)
      glucose.push(values[slot]!)
    }
  }
  const text = (name: string, ...choices: string[]) =>
    pl.Series(
      name,
      user.map((person) => choices[person % choices.length]!),
      pl.Utf8,
    )
  return pl.DataFrame([
    pl.Series(
      'reading_id',
      user.map((_, row) => row + 1),
      pl.Int64,
    ),
    pl.Series('user_id', user, pl.Int32),
    pl.Series('timestamp', at, pl.Int64).cast(pl.Datetime('us')),
    pl.Series('glucose_mg_dl', glucose, pl.Float64),
    text('country', 'TW', 'JP', 'KR', 'SG'),
    text('device', 'Sensor A', 'Sensor B', 'Sensor C'),
    text('quality', 'good', 'fair', 'poor'),
    text('reading_source', 'sensor'),
  ])
}

/** The cell of the notebook in native Polars: lazy, so that its optimiser sees all of it. */
export async function timePolars(readings: pl.DataFrame): Promise<CgmRun> {
  const columns = ['user_id', 'timestamp', 'glucose_mg_dl', 'band']
  const whole = (expression: pl.Expr) => expression.floor().cast(pl.Int64)
  const count = (band: string, name: string) => pl.col('band').eq(pl.lit(band)).sum().alias(name)
  async function impute(): Promise<pl.DataFrame> {
    const df = readings
      .lazy()
      .sort(['user_id', 'timestamp'])
      .withColumns(
        pl.col('timestamp').shift(1).over('user_id').alias('prev_ts'),
        pl.col('glucose_mg_dl').shift(1).over('user_id').alias('prev_glucose'),
      )
      .withColumns(
        whole(pl.col('timestamp').sub(pl.col('prev_ts')).cast(pl.Int64).div(pl.lit(minuteMicros))).alias(
          'gap',
        ),
      )
    const imputed = df
      .filter(pl.col('gap').gt(stepMinutes))
      .withColumns(
        whole(pl.col('gap').div(pl.lit(stepMinutes)))
          .sub(1)
          .alias('missing'),
      )
      .withColumns(pl.intRanges(pl.lit(1), pl.col('missing').plus(1)).alias('slot'))
      .explode('slot')
      .withColumns(
        pl
          .when(pl.col('gap').ltEq(30))
          .then(
            pl
              .col('prev_glucose')
              .plus(
                pl
                  .col('glucose_mg_dl')
                  .sub(pl.col('prev_glucose'))
                  .mul(pl.col('slot'))
                  .div(pl.col('missing').plus(1)),
              ),
          )
          .when(pl.col('gap').ltEq(120))
          .then(pl.col('prev_glucose'))
          .otherwise(pl.lit(null))
          .alias('glucose_mg_dl'),
        pl
          .when(pl.col('gap').ltEq(30))
          .then(pl.lit('linear'))
          .when(pl.col('gap').ltEq(120))
          .then(pl.lit('locf'))
          .otherwise(pl.lit('missing'))
          .alias('band'),
        pl
          .col('prev_ts')
          .cast(pl.Int64)
          .plus(pl.col('slot').mul(stepMinutes * minuteMicros))
          .cast(pl.Datetime('us'))
          .alias('timestamp'),
      )
    const measured = df.withColumns(pl.lit('measured').alias('band'))
    return pl
      .concat([measured.select(...columns), imputed.select(...columns)])
      .select(
        count('measured', 'rows_in'),
        pl.col('user_id').count().alias('rows_out'),
        count('linear', 'linear'),
        count('locf', 'locf'),
        count('missing', 'missing'),
        whole(pl.col('glucose_mg_dl').mul(10).plus(0.5)).sum().alias('checksum'),
      )
      .collect()
  }
  const [row] = (await impute()).toRecords()
  const metrics = Object.fromEntries(Object.entries(row!).map(([name, value]) => [name, String(value)]))
  return { timing: await timed(impute, 7, 2), metrics }
}
