import type { Label, Local } from '../../codegen/assembler.ts'
import { compileExpression } from '../../codegen/expression.ts'
import type { Value } from '../../codegen/value.ts'
import { types } from '../../arrow/types.ts'
import { isVolatile } from '../../plan/expression-tree.ts'
import type { Column } from '../../plan/plan.ts'
import type { PipelineCompiler, Step } from '../pipeline-compiler.ts'
import type { ResumePoint } from '../resume-points.ts'
import { emitLoadField, pointsAway, type RowField } from '../row-layout.ts'
import { emitKeys, emitKeysValid, type KeySource } from './join-rows-sink.ts'
import { JOIN_FLAGS, JOIN_HEADER, type JoinShape } from './join-shape.ts'
import type { DirectKeys } from './direct-keys.ts'
import { entryOf, pushHead, type Entry } from './probe-entry.ts'
import { ProbePasses } from './probe-passes.ts'
import { emitLeaveUnlessSame } from './row-keys.ts'

/** What is known of the build side as a whole, for mark joins. */
export interface BuildFacts {
  readonly isEmpty: boolean
  readonly hasNullKey: boolean
}

export interface ProbeOptions {
  readonly keys: KeySource
  /** Address of a `PROBE_CELL`. */
  readonly cell: number
  readonly facts: BuildFacts
  readonly operator: number
  /** The number (int64) of the probe row within its passes; null when there is one pass only. */
  readonly ordinal: Column | null
  /** Rows of the table that is looked up. */
  readonly storedRows: number
  /** Null where rows are found by their hash. */
  readonly direct: DirectKeys | null
}

/** Of the directory, for each row. */
const DIRECTORY_BYTES = 8
/** Tables up to here are in a processor's caches anyway. */
const CACHED_BYTES = 2 ** 20
/** Chain steps that cost about as much as a row of a pipeline. */
const FREE_CHAIN = 16

/** Walks the chain of each row's hash and goes on with what the join yields. */
export class JoinProbeStep implements Step {
  readonly rowCost: number
  /** Marks of build rows are only ever set; what is kept of probe rows from pass to pass is not for several threads. */
  readonly stateless?: true
  readonly pushAhead?: NonNullable<Step['pushAhead']>
  readonly #shape: JoinShape
  readonly #options: ProbeOptions
  #place: ProbePlace | null = null

  constructor(shape: JoinShape, options: ProbeOptions) {
    this.#shape = shape
    this.#options = options
    if (options.ordinal === null) this.stateless = true
    const { keys } = shape.probe
    const { storedRows } = options
    const tableBytes = storedRows * (shape.build.layout.width + DIRECTORY_BYTES)
    const isCheap = !keys.some(({ column, expression }) => pointsAway(column) || isVolatile(expression))
    if (keys.length > 0 && isCheap && tableBytes > CACHED_BYTES) {
      this.pushAhead = (compiler) => {
        const values = emitKeys(compiler, keys, options.keys)
        const valid = emitKeysValid(compiler, keys, values)
        pushHead(compiler, options.cell, entryOf(compiler, values, options.direct), valid)
      }
    }
    // Without keys each row walks through all.
    this.rowCost = keys.length > 0 ? 1 : Math.max(1, storedRows / FREE_CHAIN)
  }

  prepare(compiler: PipelineCompiler): void {
    const point = compiler.resume.add()
    this.#place = {
      point,
      row: point.local('i32'),
      met: point.local('i32'),
      kept: point.local('i32'),
    }
  }

  emit(compiler: PipelineCompiler, next: () => void): void {
    const keys = emitKeys(compiler, this.#shape.probe.keys, this.#options.keys)
    const valid = emitKeysValid(compiler, this.#shape.probe.keys, keys)
    const probe = new Probe(compiler, this.#shape, this.#options, keys, valid, this.#place!)
    const { mode } = this.#shape
    switch (mode.kind) {
      case 'pairs':
        return probe.emitPairs(mode, next)
      case 'probe':
        return probe.emitExistence(mode.yields, next)
      case 'mark':
        return probe.emitMark(mode, next)
      case 'build':
        return probe.emitMarkBuildRows()
    }
  }
}

/** Where the step is within a row: what it keeps when the row is left and taken up again. */
interface ProbePlace {
  readonly point: ResumePoint
  /** The build row that the walk has come to, 0 at the chain's end. */
  readonly row: Local
  /** 1 once the row met something, as far as that is asked. */
  readonly met: Local
  /** Of pairs: 1 when the row need not go on unmatched. Of a mark join with a residual: 1 when that was NULL for some row. */
  readonly kept: Local
}

class Probe {
  readonly #compiler: PipelineCompiler
  readonly #shape: JoinShape
  readonly #options: ProbeOptions
  readonly #entry: Entry
  readonly #keysValid: Local | null
  readonly #place: ProbePlace
  readonly #passes: ProbePasses
  readonly #row: Local
  readonly #fields: readonly RowField[]
  /** Of a mark join with a residual: 1 when that was NULL for some row. */
  readonly #unknown: Local | null

  constructor(
    compiler: PipelineCompiler,
    shape: JoinShape,
    options: ProbeOptions,
    keys: readonly Value[],
    keysValid: Local | null,
    place: ProbePlace,
  ) {
    this.#compiler = compiler
    this.#shape = shape
    this.#options = options
    this.#keysValid = keysValid
    this.#place = place
    this.#row = place.row
    this.#passes = new ProbePasses(compiler, options.cell, options.ordinal)
    this.#fields = shape.build.layout.fields
    this.#entry = entryOf(compiler, keys, options.direct)
    this.#unknown = shape.mode.kind === 'mark' && shape.residual !== null ? place.kept : null
  }

  emitPairs(
    mode: { readonly keepProbe: boolean; readonly keepBuild: boolean; readonly single: boolean },
    next: () => void,
  ): void {
    const compiler = this.#compiler
    const { f } = compiler
    const { row, point, kept: matched } = this.#place
    const met = mode.single ? this.#place.met : null
    point.emitOnArrival(() => {
      this.#emitHead()
      if (mode.keepProbe) {
        // it met something, or need not be kept unmatched in this pass
        this.#passes.pushLast()
        f.op('i32.eqz')
        this.#passes.pushSeen()
        f.op('i32.or')
        f.set(matched)
      }
      if (met !== null) {
        this.#passes.pushSeen()
        f.set(met)
      }
    })
    f.block((done) => {
      f.loop((again) => {
        f.block((emit) => {
          point.pushPassed()
          f.brIf(emit)
          point.emitGoOn()
          this.#emitWalk(done, (exit) => {
            if (!mode.keepProbe) {
              f.br(exit)
              return
            }
            f.get(matched)
            f.brIf(exit)
            f.br(emit)
          })
          // a meeting
          if (met !== null) {
            f.get(met)
            f.if(() =>
              compiler.raise(
                'cardinality',
                'More than one row returned by a subquery used as an expression',
                undefined,
                'Add LIMIT 1 or an aggregate such as max() to the subquery.',
              ),
            )
            f.i32(1)
            f.set(met)
          }
          if (mode.keepProbe) {
            f.i32(1)
            f.set(matched)
            this.#passes.emitSetSeen()
          }
          if (mode.keepBuild) this.#emitFlag()
        })
        compiler.branch(() => {
          this.#defineBuild(mode.keepProbe)
          compiler.count(this.#options.operator)
          next()
        })
        if (mode.keepProbe) {
          f.get(row)
          f.op('i32.eqz')
          f.brIf(done)
        }
        this.#emitNext()
        f.br(again)
      })
    })
  }

  emitExistence(yields: 'semi' | 'anti', next: () => void): void {
    const { f } = this.#compiler
    const found = this.#emitFind()
    const emit = (): void => {
      this.#compiler.branch(() => {
        this.#compiler.count(this.#options.operator)
        next()
      })
    }
    if (yields === 'semi') {
      f.get(found)
      this.#passes.pushSeen()
      f.op('i32.eqz')
      this.#place.point.pushPassed()
      f.op('i32.or')
      f.op('i32.and')
      f.if(() => {
        this.#passes.emitSetSeen()
        emit()
      })
      return
    }
    f.get(found)
    f.if(() => this.#passes.emitSetSeen())
    f.get(found)
    this.#passes.pushSeen()
    f.op('i32.or')
    f.op('i32.eqz')
    this.#passes.pushLast()
    f.op('i32.and')
    f.if(emit)
  }

  emitMark(
    { mark, nullKeysDecide }: { readonly mark: Column; readonly nullKeysDecide: boolean },
    next: () => void,
  ): void {
    const compiler = this.#compiler
    const { f } = compiler
    const { facts } = this.#options
    const found = this.#emitFind()
    // known: IN over nothing is false, whatever is looked for; a NULL on either side leaves it open
    const known = f.local('i32')
    if (facts.isEmpty || !nullKeysDecide) f.i32(1)
    else if (facts.hasNullKey) f.i32(0)
    else if (this.#keysValid === null) f.i32(1)
    else f.get(this.#keysValid)
    if (this.#unknown !== null) {
      f.get(this.#unknown)
      f.op('i32.eqz')
      f.op('i32.and')
    }
    f.get(found)
    f.op('i32.or')
    f.set(known)
    const emit = f.local('i32')
    // a row goes on once: when it is found for the first time, or unfound at the end
    this.#passes.pushSeen()
    f.op('i32.eqz')
    this.#place.point.pushPassed()
    f.op('i32.or')
    f.get(found)
    this.#passes.pushLast()
    f.op('i32.or')
    f.op('i32.and')
    f.set(emit)
    f.get(found)
    f.if(() => this.#passes.emitSetSeen())
    f.get(emit)
    f.if(() => {
      compiler.branch(() => {
        compiler.define(mark.id, () => ({
          type: types.bool,
          physical: 'bool',
          locals: [found],
          valid: mark.nullable ? known : null,
        }))
        compiler.count(this.#options.operator)
        next()
      })
    })
  }

  /** Flags every build row that the row meets. */
  emitMarkBuildRows(): void {
    const { f } = this.#compiler
    const { point } = this.#place
    point.emitOnArrival(() => this.#emitHead())
    point.emitGoOn()
    f.block((done) => {
      f.loop((again) => {
        this.#emitWalk(done, (exit) => f.br(exit))
        this.#emitFlag()
        this.#emitNext()
        f.br(again)
      })
    })
  }

  /** 1 when the row meets any build row. */
  #emitFind(): Local {
    const { f } = this.#compiler
    const { point, met: found } = this.#place
    point.emitOnArrival(() => {
      this.#emitHead()
      f.i32(0)
      f.set(found)
      if (this.#unknown === null) return
      f.i32(0)
      f.set(this.#unknown)
    })
    f.block((done) => {
      point.pushPassed()
      f.brIf(done)
      point.emitGoOn()
      this.#emitWalk(done, (exit) => f.br(exit))
      f.i32(1)
      f.set(found)
    })
    return found
  }

  /** Sets `row` to the first row of the chain, 0 when there is none or the keys meet nothing. */
  #emitHead(): void {
    pushHead(this.#compiler, this.#options.cell, this.#entry, this.#keysValid)
    this.#compiler.f.set(this.#row)
  }

  /** Moves `row` on to a row that the current one meets. At the end of the chain `atEnd` must branch, to `exit` or elsewhere. */
  #emitWalk(exit: Label, atEnd: (exit: Label) => void): void {
    const compiler = this.#compiler
    const { f } = compiler
    f.block((met) => {
      f.loop((walk) => {
        f.get(this.#row)
        f.op('i32.eqz')
        f.if(() => atEnd(exit))
        f.block((different) => {
          compiler.branch(() => {
            this.#emitLeaveUnlessMet(different)
            f.br(met)
          })
        })
        this.#emitNext()
        f.br(walk)
      })
    })
  }

  #emitLeaveUnlessMet(different: Label): void {
    const compiler = this.#compiler
    const { f } = compiler
    const { build, residual } = this.#shape
    if (this.#entry.kind === 'hash') {
      const { hash, keys } = this.#entry.lookup
      f.get(this.#row)
      f.memory('i32.load', JOIN_HEADER.hash)
      f.get(hash)
      f.op('i32.ne')
      f.brIf(different)
      keys.forEach((key, index) => {
        const { column, nullSafe } = build.keys[index]!
        const field = this.#fields.find((candidate) => candidate.column === column)!
        // rows with a NULL in a key that is not null-safe are in no chain
        emitLeaveUnlessSame(compiler, key, this.#row, field, nullSafe, different)
      })
    }
    if (residual === null) return
    this.#defineBuild(false)
    const condition = compileExpression(compiler, residual)
    if (condition.valid !== null && this.#unknown !== null) {
      f.get(this.#unknown)
      f.get(condition.valid)
      f.op('i32.eqz')
      f.op('i32.or')
      f.set(this.#unknown)
    }
    f.get(condition.locals[0]!)
    if (condition.valid !== null) {
      f.get(condition.valid)
      f.op('i32.and')
    }
    f.op('i32.eqz')
    f.brIf(different)
  }

  /** Makes the build row's columns known; all NULL when `row` is 0 and that is possible. */
  #defineBuild(mayBeMissing: boolean): void {
    const compiler = this.#compiler
    const { f } = compiler
    const row = this.#row
    for (const field of this.#fields) {
      compiler.define(field.column.id, () => {
        // the first bytes of the heap can be read like any others
        const value = emitLoadField(f, row, field)
        if (!mayBeMissing) return value
        f.get(row)
        f.i32(0)
        f.op('i32.ne')
        if (value.valid !== null) {
          f.get(value.valid)
          f.op('i32.and')
        }
        const valid = f.keep('i32')
        if (pointsAway(field.column)) {
          f.get(value.locals[1]!)
          f.i32(0)
          f.get(valid)
          f.op('select')
          f.set(value.locals[1]!)
        }
        return { ...value, valid }
      })
    }
  }

  #emitNext(): void {
    const { f } = this.#compiler
    f.get(this.#row)
    f.memory('i32.load', JOIN_HEADER.next)
    f.set(this.#row)
    this.#place.point.emitSpend()
  }

  #emitFlag(): void {
    const { f } = this.#compiler
    f.get(this.#row)
    f.get(this.#row)
    f.memory('i32.load', JOIN_HEADER.flags)
    f.i32(JOIN_FLAGS.matched)
    f.op('i32.or')
    f.memory('i32.store', JOIN_HEADER.flags)
  }
}
