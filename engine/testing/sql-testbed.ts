import { bindStatement, type Statement } from '../binder/statement.ts'
import { internalError } from '../errors.ts'
import type { LogicalPlan } from '../plan/plan.ts'
import { loadSqlParser, parseSql } from '../sql/parser.ts'
import { describeResult } from './compare-results.ts'
import { DuckDbJudge } from './duckdb-judge.ts'
import { evaluatePlan } from './reference.ts'
import { TestCatalog } from './row-table.ts'

/** Tables that exist twice: in native DuckDB, and as rows for the reference evaluator. */
export class SqlTestbed {
  readonly judge: DuckDbJudge
  readonly catalog = new TestCatalog()

  private constructor(judge: DuckDbJudge) {
    this.judge = judge
  }

  /** `tables`: name → the query that fills it. */
  static async open(tables: Readonly<Record<string, string>>): Promise<SqlTestbed> {
    await loadSqlParser()
    const testbed = new SqlTestbed(await DuckDbJudge.open())
    for (const [name, query] of Object.entries(tables)) {
      await testbed.judge.run(`CREATE TABLE ${name} AS ${query}`)
      testbed.catalog.add(name, await testbed.judge.table(`SELECT * FROM ${name}`))
    }
    return testbed
  }

  bind(sql: string): Statement {
    return bindStatement(parseSql(sql).at(-1)!.statement, this.catalog)
  }

  plan(sql: string): LogicalPlan {
    const statement = this.bind(sql)
    if (statement.kind !== 'query') throw internalError(`${statement.kind} is not a query`)
    return statement.plan
  }

  /** What the reference evaluator and DuckDB give: types first, then rows, sorted unless the query orders them. */
  async both(
    sql: string,
    optimize: (plan: LogicalPlan) => LogicalPlan = (plan) => plan,
  ): Promise<{ readonly ours: readonly string[]; readonly theirs: readonly string[] }> {
    const isOrdered = /order by[^)]*$/i.test(sql)
    const theirs = describeResult(await this.judge.query(sql), isOrdered)
    return { ours: describeResult(evaluatePlan(optimize(this.plan(sql))), isOrdered), theirs }
  }

  close(): void {
    this.judge.close()
  }
}

/** Small tables with NULLs, duplicates and every common type. */
export const smallTables: Readonly<Record<string, string>> = {
  t: `SELECT * FROM (VALUES (1, 10, 1.50::DECIMAL(10,2), 'apple', DATE '2024-01-31', 1.5::DOUBLE, true),
    (2, 20, 2.25, 'banana', DATE '2024-02-29', 2.5, false), (3, NULL, NULL, NULL, NULL, NULL, NULL),
    (4, 10, -3.00, 'apricot', DATE '2023-12-25', -0.5, true), (5, 30, 99.99, 'cherry', DATE '2024-01-31', 1e10, NULL),
    (6, 20, 0.00, '', DATE '2000-02-29', 0.0, false)) v(a, b, d, s, dt, f, flag)`,
  u: `SELECT * FROM (VALUES (1, 'one', 100::BIGINT), (2, 'two', 200), (2, 'zwei', 250), (7, 'seven', 700),
    (NULL, 'none', NULL)) v(a, name, big)`,
  o: `SELECT * FROM (VALUES (1, 'x', 5::SMALLINT, TIMESTAMP '2024-01-01 10:00:00'), (2, 'x', 7, TIMESTAMP '2024-01-01 11:30:00'),
    (3, 'y', 5, TIMESTAMP '2024-01-02 00:00:00'), (4, 'y', NULL, NULL), (5, 'x', 1, TIMESTAMP '2024-03-01 23:59:59')) v(id, k, n, ts)`,
  empty: 'SELECT 1::INTEGER AS a, 1.5::DOUBLE AS x WHERE false',
}
