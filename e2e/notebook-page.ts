import { expect, type Locator, type Page } from '@playwright/test'

/** The notebook as a person meets it: by the names of its buttons and regions. */
export class NotebookPage {
  readonly page: Page
  readonly runAll: Locator
  readonly cancel: Locator

  constructor(page: Page) {
    this.page = page
    this.runAll = page.getByRole('button', { name: 'Run all', exact: true })
    this.cancel = page.getByRole('button', { name: 'Cancel', exact: true })
  }

  /** A new notebook on a page that is opened for it. */
  static async openEmpty(page: Page, url: string): Promise<NotebookPage> {
    const notebook = new NotebookPage(page)
    await notebook.open(url)
    await notebook.startEmpty()
    return notebook
  }

  /** Opens the page and waits until the engine is ready. */
  async open(url: string): Promise<void> {
    await this.page.goto(url)
    await expect(this.runAll).toBeEnabled()
  }

  async choose(menu: string, item: string): Promise<void> {
    await this.page.getByRole('button', { name: menu, exact: true }).click()
    await this.page.getByRole('menuitem', { name: item }).click()
  }

  async startEmpty(): Promise<void> {
    await this.choose('Notebook menu', 'New notebook')
    await expect(this.cell(1)).toBeVisible()
  }

  /** Adds files through the button, as the file picker would. */
  async addFiles(...files: (string | { name: string; mimeType: string; buffer: Buffer })[]): Promise<void> {
    await this.page.getByRole('button', { name: 'Add data', exact: true }).first().click()
    await this.page.getByLabel('Files', { exact: true }).setInputFiles(files as string[])
  }

  /** The nth cell, from 1. */
  cell(number: number): Locator {
    return this.page.getByRole('article', { name: new RegExp(` cell ${number}$`) })
  }

  /** Replaces the text of a code cell by typing. */
  async write(number: number, text: string): Promise<void> {
    const cell = this.cell(number)
    await cell.locator('.monaco-editor, pre').first().click()
    await cell.locator('.monaco-editor').first().waitFor()
    await this.page.keyboard.press('ControlOrMeta+A')
    await this.page.keyboard.press('Delete')
    await this.page.keyboard.insertText(text)
  }

  async run(number: number): Promise<void> {
    await this.cell(number).getByRole('button', { name: 'Run cell', exact: true }).click()
  }

  /** The texts of a result's visible cells, row by row, without the row numbers. */
  async rows(number: number): Promise<string[][]> {
    const grid = this.cell(number).getByRole('grid', { name: 'Result' })
    await expect(grid).toBeVisible()
    const rows = await grid.getByRole('row').all()
    const texts = await Promise.all(rows.map((row) => row.getByRole('gridcell').allInnerTexts()))
    return texts.filter((cells) => cells.length > 0)
  }
}
