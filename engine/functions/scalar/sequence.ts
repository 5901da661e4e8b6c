import { types } from '../../arrow/types.ts'
import { emitKernelCall } from '../../codegen/kernel-call.ts'
import type { CallExpression } from '../../plan/plan.ts'
import type { EagerFunction } from '../scalar-function.ts'

/** Takes the address of a sequence's state, and its name for errors: the binder looks both up. */
function sequenceFunction(
  described: Pick<EagerFunction, 'name' | 'summary' | 'setup' | 'example'>,
  kernel: string,
  failures: readonly string[],
): EagerFunction {
  return {
    ...described,
    category: 'math',
    nulls: 'strict',
    guarded: true,
    resolve: (args) =>
      args.length === 2 ? { argTypes: [types.uint32, types.utf8], type: types.int64 } : null,
    lower: (context, args, call) =>
      emitKernelCall(context, {
        kernel,
        args: args.slice(0, 1),
        type: types.int64,
        failures: failures.map((message) => ({
          code: 'invalid_argument',
          message: message.replace('{}', sequenceName(call)),
        })),
        span: call.span,
      }),
  }
}

function sequenceName({ args: [, name] }: CallExpression): string {
  return name?.kind === 'literal' && typeof name.value === 'string' ? name.value : ''
}

const setup = 'CREATE OR REPLACE SEQUENCE example'

export const sequenceFunctions: readonly EagerFunction[] = [
  sequenceFunction(
    {
      name: 'nextval',
      summary: 'The next number of a sequence, another one for every row.',
      setup,
      example: "nextval('example')",
    },
    'sequence_next',
    [
      'The sequence {} has given its greatest number; CYCLE lets it begin anew',
      'The sequence {} has given its least number; CYCLE lets it begin anew',
    ],
  ),
  sequenceFunction(
    {
      name: 'currval',
      summary: 'The number that nextval gave last.',
      setup,
      example: "nextval('example') = currval('example')",
    },
    'sequence_last',
    ['The sequence {} has given no number yet: call nextval first'],
  ),
]
