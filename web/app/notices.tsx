import { Button } from '../controls/button.tsx'
import { Note } from '../controls/note.tsx'
import { firstExample } from '../demo/examples.ts'
import { openEngine } from '../session/engine-session.ts'
import { useEngine } from '../session/engine-store.ts'
import { useNotebook } from '../session/notebook-store.ts'
import { keepCopy, leaveCopy } from '../session/persistence.ts'
import { dismissProblem, useProblems } from '../session/problems.ts'
import { takeOverNotebook, useTabLock } from '../session/tab-lock.ts'
import { NeedsList } from '../share/needs-list.tsx'
import styles from './notices.module.css'

/** What the person should know before reading on. */
export function Notices() {
  const phase = useEngine((state) => state.phase)
  const copied = useNotebook((state) => state.copied)
  const owner = useTabLock((state) => state.owner)
  const problems = useProblems((state) => state.problems)
  const quiet = phase.kind !== 'failed' && !copied && owner !== 'another-tab' && problems.length === 0
  if (quiet) return null
  return (
    <div className={styles.notices}>
      {phase.kind === 'failed' ? (
        <Note
          tone="bad"
          role="alert"
          actions={
            <Button label="Start again" onPress={() => void openEngine()}>
              Start again
            </Button>
          }
        >
          <strong>The engine did not start.</strong> {phase.error.message}{' '}
          {phase.error.hint ?? 'Choose a smaller budget under Memory, close other tabs, or reload the page.'}{' '}
          Your notebook is safe and can be edited and shared meanwhile.
        </Note>
      ) : null}
      {problems.map((problem) => (
        <Note
          key={problem.id}
          tone="bad"
          role="alert"
          actions={
            <Button label="Dismiss" onPress={() => dismissProblem(problem.id)}>
              Dismiss
            </Button>
          }
        >
          <strong>{problem.title}.</strong> {problem.error.message} {problem.error.hint}
        </Note>
      ))}
      {copied ? (
        <Note
          tone="info"
          role="status"
          label="Copy"
          actions={
            <>
              <Button label="Keep this copy" onPress={keepCopy}>
                Keep this copy
              </Button>
              <Button label="Back to my notebook" onPress={() => void leaveCopy(firstExample())}>
                Back to my notebook
              </Button>
            </>
          }
        >
          <strong>
            {copied.from === 'example' ? 'This is an example' : `This is a copy from a ${copied.from}`}.
          </strong>{' '}
          Nothing runs until you ask. Keeping it replaces the notebook saved in this browser.
          <NeedsList needs={copied.needs} />
        </Note>
      ) : null}
      {owner === 'another-tab' && !copied ? (
        <Note
          tone="warn"
          role="status"
          actions={
            <Button label="Save in this tab instead" onPress={takeOverNotebook}>
              Save in this tab instead
            </Button>
          }
        >
          <strong>This notebook is open in another tab,</strong> which is the one that saves it. Changes made
          here are not saved. Each tab has its own heap and spill files.
        </Note>
      ) : null}
    </div>
  )
}
