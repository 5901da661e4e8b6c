import type { Macro } from '../macro.ts'
import { category } from './define.ts'

const text = category('text')

export const systemMacros: readonly Macro[] = [
  text('current_database', "→ 'memory'", 'The name of the database.', 'current_database()', [
    'current_catalog',
  ]),
  text('current_schema', "→ 'main'", 'The name of the schema.', 'current_schema()'),
  text('current_user', "→ 'lakebook'", 'Who asks.', 'current_user', ['user', 'session_user', 'current_role']),
  text('version', "→ 'Lakebook'", 'What answers.', 'version()'),
]
