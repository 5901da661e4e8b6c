import type { Choices } from './choices.ts'
import type { RandomSchema } from './random-tables.ts'
import { SqlExpressions } from './sql-expressions.ts'

/** Statements that change a table of the session: UPDATE, DELETE, INSERT and MERGE. */
export function randomChanges(choices: Choices, tables: readonly RandomSchema[]): readonly string[] {
  const targets = tables.filter((table) => table.storage === 'session' && table.name !== 'w')
  if (targets.length === 0 || !choices.chance(0.3)) return []
  return Array.from({ length: 1 + choices.below(3) }, () => randomChange(choices, targets, tables))
}

function randomChange(
  choices: Choices,
  targets: readonly RandomSchema[],
  tables: readonly RandomSchema[],
): string {
  const expressions = new SqlExpressions(choices, tables)
  const { name, columns } = choices.pick(targets)
  const own = columns.map((column) => ({ sql: `${name}.${column.name}`, kind: column.kind }))
  const other = choices.pick(tables)
  const theirs = other.columns.map((column) => ({ sql: `o.${column.name}`, kind: column.kind }))
  const condition = () => expressions.of('bool', own, 1)
  // the id stays, so that rows can be told apart
  const changed = choices.pick(columns.slice(1))
  const assigned = (visible: typeof own) =>
    `${changed.name} = CAST(${expressions.of(changed.kind, visible, 1)} AS ${changed.type})`
  return choices.pick([
    () => `UPDATE ${name} SET ${assigned(own)} WHERE ${condition()}`,
    () => `DELETE FROM ${name} WHERE ${condition()}`,
    () => `UPDATE ${name} SET ${assigned([...own, ...theirs])} FROM ${other.name} o WHERE ${name}.id = o.id`,
    () =>
      `DELETE FROM ${name} USING ${other.name} o WHERE ${name}.id = o.id AND ${expressions.of('bool', theirs, 0)}`,
    () =>
      `INSERT INTO ${name} SELECT id + 100000, ${columns
        .slice(1)
        .map((column) => column.name)
        .join(', ')} FROM ${name} WHERE id < 50000 AND ${condition()}`,
    () => {
      const others = choices.pick([
        `WHEN MATCHED AND ${expressions.of('bool', theirs, 0)} THEN DELETE`,
        `WHEN MATCHED THEN UPDATE SET ${assigned([...own, ...theirs])}`,
        `WHEN NOT MATCHED THEN INSERT (id, c2) VALUES (o.id, o.c2)`,
        `WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT (id) VALUES (o.id)`,
      ])
      return `MERGE INTO ${name} USING ${other.name} o ON ${name}.id = o.id ${others}`
    },
  ])()
}
