/** What a drop brought: files, those of folders with the folder that they lay in, and how many files are no data. */
export interface Dropped {
  readonly files: readonly File[]
  readonly folders: readonly { readonly name: string; readonly files: readonly File[] }[]
  readonly skipped: number
}

const DATA = /\.(parquet|csv|tsv|txt|json|jsonl|ndjson|arrow|arrows|feather|ipc)(\.gz)?$/i

/** Files and folders of a drop. To be called while the drop is handled: the browser forgets its items afterwards. */
export function droppedFiles(transfer: DataTransfer): Promise<Dropped> {
  const entries = [...transfer.items].flatMap((item) => {
    const entry = item.kind === 'file' ? item.webkitGetAsEntry() : null
    return entry === null ? [] : [entry]
  })
  const plain = [...transfer.files]
  return entries.some(isDirectory)
    ? walk(entries)
    : Promise.resolve({ files: plain, folders: [], skipped: 0 })
}

async function walk(entries: readonly FileSystemEntry[]): Promise<Dropped> {
  const files: File[] = []
  const folders: { name: string; files: File[] }[] = []
  let skipped = 0
  for (const entry of entries) {
    if (isFile(entry)) files.push(await fileOf(entry))
    else if (isDirectory(entry)) await open(entry)
  }
  return { files, folders, skipped }

  async function open(directory: FileSystemDirectoryEntry): Promise<void> {
    const inside: File[] = []
    for (const child of await childrenOf(directory)) {
      if (isDirectory(child)) await open(child)
      else if (isFile(child) && DATA.test(child.name) && !/^[._]/.test(child.name))
        inside.push(await fileOf(child))
      else skipped++
    }
    if (inside.length > 0) folders.push({ name: directory.name, files: inside })
  }
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile
}

function isDirectory(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => {
    entry.file(resolve, reject)
  })
}

/** A reader gives a hundred entries at a time, and none at the end. */
async function childrenOf(directory: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = directory.createReader()
  const all: FileSystemEntry[] = []
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => {
      reader.readEntries(resolve, reject)
    })
    if (some.length === 0) return all
    all.push(...some)
  }
}
