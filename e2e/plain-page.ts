import { spawn, type ChildProcess } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'

interface Answer {
  readonly id?: number
  readonly result?: Readonly<Record<string, unknown>>
  readonly error?: { readonly message: string }
}

/**
 * A page in a browser of its own that nothing looks into: Playwright has the page's process keep every answer of the
 * network, which adds 20 MiB to what a test of memory wants to measure. Speaks the DevTools protocol through a pipe:
 * JSON texts that end in a zero byte.
 */
export class PlainPage {
  readonly #browser: ChildProcess
  readonly #waiting = new Map<number, (answer: Answer) => void>()
  #sent = 0
  #session: string | undefined

  private constructor(browser: ChildProcess) {
    this.#browser = browser
    let text = ''
    const answers = browser.stdio[4] as Readable
    answers.setEncoding('utf8').on('data', (piece: string) => {
      const messages = (text + piece).split('\0')
      text = messages.pop() ?? ''
      for (const message of messages) this.#hear(JSON.parse(message) as Answer)
    })
    browser.once('exit', () => {
      for (const id of this.#waiting.keys()) this.#hear({ id, error: { message: 'the browser has ended' } })
    })
  }

  static async open(
    executable: string,
    args: readonly string[],
    profile: string,
    url: string,
  ): Promise<PlainPage> {
    const browser = spawn(
      executable,
      [
        ...args,
        '--headless=new',
        '--remote-debugging-pipe',
        '--no-first-run',
        `--user-data-dir=${profile}`,
        'about:blank',
      ],
      { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] },
    )
    const page = new PlainPage(browser)
    const { targetInfos } = (await page.#send('Target.getTargets')) as {
      targetInfos: readonly { readonly type: string; readonly targetId: string }[]
    }
    const first = targetInfos.find(({ type }) => type === 'page')
    if (first === undefined) throw new Error('the browser opened without a page')
    const { sessionId } = await page.#send('Target.attachToTarget', {
      targetId: first.targetId,
      flatten: true,
    })
    page.#session = sessionId as string
    await page.#send('Page.navigate', { url })
    await page.evaluate(
      () =>
        new Promise((resolve) => {
          if (document.readyState === 'complete') resolve(null)
          else addEventListener('load', () => resolve(null))
        }),
      null,
    )
    return page
  }

  /** Runs a function that refers to nothing outside; what it takes and gives is JSON. */
  async evaluate<Given, Result>(
    run: (given: Given) => Result | Promise<Result>,
    given: Given,
  ): Promise<Result> {
    const { result, exceptionDetails } = (await this.#send('Runtime.evaluate', {
      expression: `(${String(run)})(${JSON.stringify(given)})`,
      awaitPromise: true,
      returnByValue: true,
    })) as {
      result: { readonly value: Result }
      exceptionDetails?: { readonly text: string; readonly exception?: { readonly description?: string } }
    }
    if (exceptionDetails !== undefined) {
      throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
    }
    return result.value
  }

  /** Drops files into the first element that `selector` finds. */
  async setFiles(selector: string, files: readonly string[]): Promise<void> {
    const { root } = (await this.#send('DOM.getDocument')) as { root: { readonly nodeId: number } }
    const { nodeId } = await this.#send('DOM.querySelector', { nodeId: root.nodeId, selector })
    await this.#send('DOM.setFileInputFiles', { nodeId, files })
    await this.#send('DOM.disable')
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#browser.once('exit', resolve))
    this.#session = undefined
    await this.#send('Browser.close').catch(() => this.#browser.kill('SIGKILL'))
    await ended
  }

  async #send(
    method: string,
    params: Readonly<Record<string, unknown>> = {},
  ): Promise<Readonly<Record<string, unknown>>> {
    const id = ++this.#sent
    const message = { id, method, params, ...(this.#session && { sessionId: this.#session }) }
    const answered = new Promise<Answer>((resolve) => this.#waiting.set(id, resolve))
    ;(this.#browser.stdio[3] as Writable).write(`${JSON.stringify(message)}\0`)
    const { result, error } = await answered
    if (error !== undefined) throw new Error(`${method}: ${error.message}`)
    return result ?? {}
  }

  #hear(answer: Answer): void {
    if (answer.id === undefined) return
    this.#waiting.get(answer.id)?.(answer)
    this.#waiting.delete(answer.id)
  }
}
