import pl from 'nodejs-polars'
import type { Choices } from './choices.ts'
import type { ColumnKind, RandomColumn } from './random-tables.ts'

/** The same expression as a cell has it and for native Polars. */
export interface PairedExpression {
  readonly py: string
  readonly js: pl.Expr
}

type Kind = Extract<ColumnKind, 'int' | 'float' | 'text' | 'bool' | 'date' | 'timestamp'>
type Build = () => PairedExpression

function paired(py: string, js: pl.Expr): PairedExpression {
  return { py, js }
}

/** The judge's own methods that its types leave out. */
interface Untyped {
  quantile(share: number, how: string): pl.Expr
  ewmMean(alpha: number, adjust: boolean, least: number, bias: boolean, ignoreNulls: boolean): pl.Expr
  ewmStd(alpha: number, adjust: boolean, least: number, bias: boolean, ignoreNulls: boolean): pl.Expr
}

/** Typed expressions over a frame: row by row, over windows, and aggregates. */
export class RandomExpressions {
  readonly #choices: Choices
  readonly #columns: readonly RandomColumn[]

  constructor(choices: Choices, columns: readonly RandomColumn[]) {
    this.#choices = choices
    this.#columns = columns
  }

  /** Of a kind that the frame has, with one value for each row. */
  row(): PairedExpression {
    const column = this.#choices.pick(this.#columns)
    const kind = column.kind as Kind
    if (this.#choices.chance(0.35)) return this.#windowed(kind)
    return this.#value(kind, 2)
  }

  condition(): PairedExpression {
    return this.#value('bool', 2)
  }

  aggregate(): PairedExpression {
    const number = () => this.#value(this.#choices.pick(['int', 'float'] as const), 1)
    const any = () => this.#value(this.#choices.pick(this.#columns).kind as Kind, 1)
    const builds: readonly Build[] = [
      () => this.#on(number(), 'sum()', (one) => one.sum()),
      () => this.#on(number(), 'mean()', (one) => one.mean()),
      () => this.#on(any(), 'first()', (one) => one.first()),
      () => this.#on(any(), 'last()', (one) => one.last()),
      () => this.#on(number(), 'min()', (one) => one.min()),
      () => this.#on(number(), 'max()', (one) => one.max()),
      () => this.#on(any(), 'count()', (one) => one.count()),
      () => this.#on(any(), 'n_unique()', (one) => one.nUnique()),
      () => this.#on(any(), 'null_count()', (one) => one.nullCount()),
      () => this.#on(number(), 'median()', (one) => one.median()),
      () => this.#on(this.#value('float', 0), 'std()', (one) => one.std()),
      () => this.#on(this.#value('float', 0), 'var()', (one) => one.var()),
      () => paired('pl.len()', pl.len()),
      () => {
        const [value, condition] = [number(), this.condition()]
        return paired(`${value.py}.filter(${condition.py}).sum()`, value.js.filter(condition.js).sum())
      },
      () => {
        const how = this.#choices.pick(['lower', 'higher', 'linear', 'midpoint', 'nearest'])
        const share = this.#choices.pick([0.5, 0.25, 0.9, 0, 1])
        return this.#on(this.#value('float', 0), `quantile(${share}, "${how}")`, (one) =>
          (one as unknown as Untyped).quantile(share, how),
        )
      },
      () => {
        const [value, key] = [any(), this.#value(this.#choices.pick(['int', 'float', 'text'] as const), 0)]
        return paired(`${value.py}.sort_by(${key.py}).first()`, value.js.sortBy([key.js]).first())
      },
      () => this.#on(number(), 'sort().last()', (one) => one.sort(false).last()),
      () => this.#on(number(), 'drop_nulls().first()', (one) => one.filter(one.isNotNull()).first()),
    ]
    return this.#choices.pick(builds)()
  }

  #on(input: PairedExpression, method: string, js: (input: pl.Expr) => pl.Expr): PairedExpression {
    return paired(`${input.py}.${method}`, js(input.js))
  }

  #column(kind: Kind): PairedExpression | null {
    const own = this.#columns.filter((column) => column.kind === kind)
    if (own.length === 0) return null
    const { name } = this.#choices.pick(own)
    return paired(`pl.col("${name}")`, pl.col(name))
  }

  #literal(kind: Kind): PairedExpression {
    switch (kind) {
      case 'int': {
        const value = this.#choices.pick([1, 0, 2, -3])
        return paired(`pl.lit(${value}, dtype=pl.Int64)`, pl.lit(value).cast(pl.Int64))
      }
      case 'float': {
        const value = this.#choices.pick([0.5, 2.25, -1.5])
        return paired(`pl.lit(${value})`, pl.lit(value).cast(pl.Float64))
      }
      case 'text': {
        const value = this.#choices.pick(['a', '', 'Ab'])
        return paired(`pl.lit("${value}")`, pl.lit(value))
      }
      case 'bool': {
        const value = this.#choices.pick([true, false])
        return paired(`pl.lit(${value ? 'True' : 'False'})`, pl.lit(value))
      }
      case 'date':
      case 'timestamp':
        return paired('pl.date(2000, 1, 1)', pl.lit(10957).cast(pl.Int32).cast(pl.Date))
    }
  }

  /** A column of the kind, as the widest type of its kind. */
  #leaf(kind: Kind): PairedExpression {
    const column = this.#choices.chance(0.1) ? null : this.#column(kind)
    if (column === null) return this.#literal(kind)
    if (kind === 'int') return paired(`${column.py}.cast(pl.Int64)`, column.js.cast(pl.Int64))
    return column
  }

  #windowed(kind: Kind): PairedExpression {
    const value = this.#column(kind) ?? this.#literal(kind)
    const number = () => this.#leaf(this.#choices.pick(['int', 'float'] as const))
    const n = this.#choices.pick([1, 2, -1])
    const size = this.#choices.pick([2, 3, 1])
    const builds: readonly Build[] = [
      () => this.#on(value, `shift(${n})`, (one) => one.shift(n)),
      () => this.#on(number(), 'cum_sum()', (one) => one.cumSum()),
      () => this.#on(number(), 'cum_max()', (one) => one.cumMax()),
      () => this.#on(number(), 'cum_min()', (one) => one.cumMin()),
      () => this.#on(number(), 'diff()', (one) => one.diff(1, 'ignore')),
      () => this.#on(value, 'forward_fill()', (one) => one.forwardFill()),
      () => this.#on(value, 'backward_fill()', (one) => one.backwardFill()),
      () => this.#on(value, 'is_first_distinct()', (one) => one.isFirstDistinct()),
      () => this.#on(value, 'is_duplicated()', (one) => one.isDuplicated()),
      () => this.#on(value, 'is_unique()', (one) => one.isUnique()),
      () => this.#on(number(), 'cum_sum(reverse=True)', (one) => one.cumSum(true)),
      () => this.#on(number(), `rolling_min(${size})`, (one) => one.rollingMin(size)),
      () => this.#on(this.#leaf('float'), `rolling_mean(${size})`, (one) => one.rollingMean(size)),
      () => {
        const adjust = this.#choices.chance(0.5)
        const flags = `alpha=0.25, adjust=${adjust ? 'True' : 'False'}, min_samples=${size}, ignore_nulls=True`
        const isMean = this.#choices.chance(0.5)
        // without a bias, the judge says that one value alone has the spread 0
        const call = isMean ? `ewm_mean(${flags})` : `ewm_std(${flags}, bias=True)`
        return this.#on(this.#leaf('float'), call, (one) => {
          const untyped = one as unknown as Untyped
          return isMean
            ? untyped.ewmMean(0.25, adjust, size, false, true)
            : untyped.ewmStd(0.25, adjust, size, true, true)
        })
      },
      () => this.#on(number(), `rolling_sum(${size})`, (one) => one.rollingSum(size)),
      () => this.#on(number(), `rolling_max(${size})`, (one) => one.rollingMax(size)),
      () => {
        const method = this.#choices.pick(['dense', 'min', 'max', 'average', 'ordinal'] as const)
        return this.#on(number(), `rank("${method}")`, (one) => one.rank(method))
      },
      () => this.#on(this.#leaf('int'), 'peak_max()', (one) => one.peakMax()),
      () => this.#on(this.#leaf('int'), 'peak_min()', (one) => one.peakMin()),
      () =>
        this.#on(this.#leaf('float'), `rolling_median(${size}, min_samples=1)`, (one) =>
          one.rollingMedian({ windowSize: size, minPeriods: 1 }),
        ),
      () => {
        const how = this.#choices.pick(['nearest', 'lower', 'higher', 'midpoint', 'linear'] as const)
        const share = this.#choices.pick([0, 0.3, 0.5, 1])
        const call = `rolling_quantile(${share}, "${how}", ${size}, min_samples=1)`
        return this.#on(this.#leaf('float'), call, (one) =>
          one.rollingQuantile({ windowSize: size, minPeriods: 1, quantile: share, interpolation: how }),
        )
      },
    ]
    const made = this.#choices.chance(0.3) ? this.aggregate() : this.#choices.pick(builds)()
    if (!this.#choices.chance(0.6)) return made
    const key = this.#choices.pick(this.#columns).name
    return paired(`(${made.py}).over("${key}")`, made.js.over(key))
  }

  #value(kind: Kind, depth: number): PairedExpression {
    if (depth === 0 || !this.#choices.chance(0.65)) {
      return kind === 'bool' && depth > 0 ? this.#comparison(0) : this.#leaf(kind)
    }
    const sub = (of: Kind) => this.#value(of, depth - 1)
    if (this.#choices.chance(0.15)) {
      const [when, then, otherwise] = [sub('bool'), sub(kind), sub(kind)]
      return paired(
        `pl.when(${when.py}).then(${then.py}).otherwise(${otherwise.py})`,
        pl.when(when.js).then(then.js).otherwise(otherwise.js),
      )
    }
    if (this.#choices.chance(0.1)) {
      const [value, fill] = [sub(kind), this.#literal(kind)]
      return paired(`${value.py}.fill_null(${fill.py})`, value.js.fillNull(fill.js))
    }
    switch (kind) {
      case 'int':
        return this.#choices.pick<Build>([
          () => this.#binary(sub('int'), '+', sub('int'), 'add'),
          () => this.#binary(sub('int'), '-', sub('int'), 'sub'),
          () => this.#binary(sub('int'), '*', this.#literal('int'), 'mul'),
          () => this.#on(sub('int'), 'abs()', (one) => one.abs()),
          () => this.#on(sub('date'), 'dt.year().cast(pl.Int64)', (one) => one.dt.year().cast(pl.Int64)),
          () => this.#on(sub('date'), 'dt.month().cast(pl.Int64)', (one) => one.dt.month().cast(pl.Int64)),
          () => this.#on(sub('date'), 'dt.week().cast(pl.Int64)', (one) => one.dt.week().cast(pl.Int64)),
          () =>
            this.#on(sub('date'), 'dt.weekday().cast(pl.Int64)', (one) => one.dt.weekday().cast(pl.Int64)),
          () =>
            this.#on(sub('date'), 'dt.ordinal_day().cast(pl.Int64)', (one) =>
              one.dt.ordinalDay().cast(pl.Int64),
            ),
          () =>
            this.#on(sub('text'), 'str.split("a").list.len().cast(pl.Int64)', (one) =>
              one.str.split('a').lst.lengths().cast(pl.Int64),
            ),
          () => this.#on(sub('int'), 'clip(-1, 5)', (one) => one.clip(-1, 5)),
          () =>
            this.#on(sub('text'), 'str.len_chars().cast(pl.Int64)', (one) =>
              one.str.lengths().cast(pl.Int64),
            ),
          () => this.#on(sub('bool'), 'cast(pl.Int64)', (one) => one.cast(pl.Int64)),
        ])()
      case 'float':
        return this.#choices.pick<Build>([
          () => this.#binary(sub('float'), '+', sub('float'), 'add'),
          () => this.#binary(sub('float'), '*', sub('float'), 'mul'),
          () => this.#binary(sub('float'), '/', this.#literal('float'), 'div'),
          () => this.#on(sub('float'), 'floor()', (one) => one.floor()),
          () => this.#on(sub('float'), 'ceil()', (one) => one.ceil()),
          () => this.#on(sub('int'), 'cast(pl.Float64)', (one) => one.cast(pl.Float64)),
          () => this.#on(sub('float'), 'abs()', (one) => one.abs()),
        ])()
      case 'text':
        return this.#choices.pick<Build>([
          () => this.#on(sub('text'), 'str.to_uppercase()', (one) => one.str.toUpperCase()),
          () => this.#on(sub('text'), 'str.to_lowercase()', (one) => one.str.toLowerCase()),
          () => this.#on(sub('text'), 'str.slice(1, 2)', (one) => one.str.slice(1, 2)),
          () => this.#on(sub('text'), 'str.slice(-2)', (one) => one.str.slice(-2)),
          () => this.#on(sub('text'), 'str.replace("[a-z]", "_")', (one) => one.str.replace('[a-z]', '_')),
          () => this.#on(sub('text'), 'str.replace_all("a", "x")', (one) => one.str.replaceAll('a', 'x')),
          () => this.#on(sub('text'), 'str.pad_start(4, "*")', (one) => one.str.padStart(4, '*')),
          () => this.#on(sub('text'), 'str.pad_end(3, ".")', (one) => one.str.padEnd(3, '.')),
          () => this.#on(sub('text'), 'str.strip_chars()', (one) => one.str.strip()),
          () => this.#on(sub('text'), 'str.strip_chars_start()', (one) => one.str.lstrip()),
          () => this.#on(sub('text'), 'str.strip_chars_end()', (one) => one.str.rstrip()),
          () =>
            this.#on(sub('text'), 'str.extract("([a-z])(.)", 2)', (one) => one.str.extract('([a-z])(.)', 2)),
          () =>
            this.#on(sub('text'), 'str.split("a").list.join("+")', (one) => one.str.split('a').lst.join('+')),
          () => this.#on(sub('text'), 'str.split("b").list.get(0)', (one) => one.str.split('b').lst.get(0)),
          () => this.#on(sub('date'), 'dt.strftime("%Y-%m/%d %j")', (one) => one.dt.strftime('%Y-%m/%d %j')),
          () => this.#on(sub('text'), 'str.zfill(4)', (one) => one.str.zFill(4)),
          () => {
            const [a, b] = [sub('text'), sub('text')]
            return paired(
              `pl.concat_str(${a.py}, ${b.py}, separator="-")`,
              pl.concatString([a.js, b.js], '-', false),
            )
          },
        ])()
      case 'bool':
        return this.#comparison(depth - 1)
      case 'date':
      case 'timestamp':
        return this.#leaf(kind)
    }
  }

  #binary(
    left: PairedExpression,
    op: string,
    right: PairedExpression,
    method: 'add' | 'sub' | 'mul' | 'div' | 'gt' | 'ltEq' | 'eq' | 'neq' | 'and' | 'or',
  ): PairedExpression {
    return paired(`(${left.py} ${op} ${right.py})`, left.js[method](right.js))
  }

  #comparison(depth: number): PairedExpression {
    const kind = this.#choices.pick(['int', 'text', 'float'] as const)
    const sub = (of: Kind) => this.#value(of, depth)
    const builds: readonly Build[] = [
      () => this.#binary(sub(kind), '>', sub(kind), 'gt'),
      () => this.#binary(sub(kind), '<=', this.#literal(kind), 'ltEq'),
      () => this.#binary(sub(kind), '==', sub(kind), 'eq'),
      () => this.#binary(sub(kind), '!=', sub(kind), 'neq'),
      () => this.#on(sub(kind), 'is_null()', (one) => one.isNull()),
      () => this.#on(sub(kind), 'is_not_null()', (one) => one.isNotNull()),
      () => this.#on(sub('int'), 'is_in([1, 2, 7])', (one) => one.isIn([1, 2, 7])),
      () => this.#on(sub('text'), 'str.contains("[ab]")', (one) => one.str.contains('[ab]')),
      () => this.#binary(sub('bool'), '&', sub('bool'), 'and'),
      () => this.#binary(sub('bool'), '|', sub('bool'), 'or'),
      () => {
        const input = sub('bool')
        return paired(`(~${input.py})`, input.js.not())
      },
    ]
    return this.#choices.pick(depth > 0 ? builds : builds.slice(0, 8))()
  }
}
