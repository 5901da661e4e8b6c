import { compileExpression } from '../../codegen/expression.ts'
import { isVolatile } from '../../plan/expression-tree.ts'
import type { Project } from '../../plan/plan.ts'
import type { PipelineCompiler, Step } from '../pipeline-compiler.ts'

/** Makes computed columns known; each is computed at its first use. */
export class ProjectStep implements Step {
  readonly stateless = true
  readonly emitAgain?: NonNullable<Step['emitAgain']>
  readonly #items: Project['items']

  constructor(items: Project['items']) {
    this.#items = items
    if (items.some(({ expression }) => isVolatile(expression))) return
    this.emitAgain = (compiler, next) => {
      this.emit(compiler, next)
    }
  }

  emit(compiler: PipelineCompiler, next: () => void): void {
    for (const { output, expression } of this.#items) {
      if (expression.kind === 'column' && expression.id === output.id) continue
      const loadCode = expression.kind === 'column' ? compiler.codeOf(expression.id) : undefined
      compiler.define(output.id, () => compileExpression(compiler, expression), loadCode)
    }
    next()
  }
}
