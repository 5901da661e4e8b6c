import { compileExpression } from '../../codegen/expression.ts'
import type { Project } from '../../plan/plan.ts'
import type { PipelineCompiler, Step } from '../pipeline-compiler.ts'

/** Makes computed columns known; each is computed at its first use. */
export class ProjectStep implements Step {
  readonly stateless = true
  readonly #items: Project['items']

  constructor(items: Project['items']) {
    this.#items = items
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
