import type { Choices } from './choices.ts'
import type { SqlExpressions, Visible } from './sql-expressions.ts'

/**
 * A call of an aggregate whose result does not depend on the order of rows. Floats are summed as they are stored, halves
 * and quarters, whose sums are exact in any order; `ids` order what keeps an order.
 */
export function randomAggregate(
  choices: Choices,
  expressions: SqlExpressions,
  columns: readonly Visible[],
  ids: readonly string[],
): string {
  const any = () => expressions.any(columns, 1)
  const of = (kind: Visible['kind']) => expressions.of(kind, columns, 1)
  const column = (kind: Visible['kind']) => expressions.column(kind, columns)
  const filter = () => (choices.chance(0.2) ? ` FILTER (WHERE ${of('bool')})` : '')
  const ordered = () => {
    const direction = choices.pick(['', ' DESC'])
    return ids.map((id) => `${id}${direction}`).join(', ')
  }
  const share = () => choices.pick([0.5, 0.25, 0.9, 0, 1])
  const builds: (() => string)[] = [
    () => `count(*)${filter()}`,
    () => `count(${any()})${filter()}`,
    () => `sum(${of('int')})${filter()}`,
    () => `min(${any()})${filter()}`,
    () => `max(${any()})${filter()}`,
    () => `count(DISTINCT ${any()})${filter()}`,
    () => `avg(${of('int')})`,
    () => `bool_and(${of('bool')})`,
    () => `sum(${of('decimal')})`,
    () => `bool_or(${of('bool')})`,
    () => `median(${of(choices.pick(['int', 'float', 'date']))})${filter()}`,
    () => `sum(DISTINCT ${of('int')})`,
    () => `sum(${column('float')})${filter()}`,
    () => `quantile_cont(${of(choices.pick(['int', 'float']))}, ${share()})`,
    () => `quantile_disc(${of(choices.pick(['int', 'float', 'date', 'decimal', 'timestamp']))}, ${share()})`,
    () => `CAST(histogram(${column(choices.pick(['int', 'text', 'bool', 'date']))})${filter()} AS VARCHAR)`,
    () => `count_if(${of('bool')})`,
    () => `bit_xor(${column('int')})`,
    () => `min(DISTINCT ${any()})`,
  ]
  if (ids.length > 0) {
    builds.push(
      () => `string_agg(${of('text')}, ',' ORDER BY ${ordered()})${filter()}`,
      () => `CAST(list(${of(choices.pick(['int', 'text', 'date']))} ORDER BY ${ordered()}) AS VARCHAR)`,
      () => `first(${any()} ORDER BY ${ordered()})`,
      () => `last(${any()} ORDER BY ${ordered()})${filter()}`,
    )
  }
  if (ids.length === 1) {
    builds.push(
      () => `arg_max(${any()}, ${ids[0]})${filter()}`,
      () => `arg_min(${any()}, ${ids[0]})`,
    )
  }
  return choices.pick(builds)()
}
