import DOMPurify from 'dompurify'
import MarkdownIt from 'markdown-it'

/** Text from links is a stranger's: no HTML passes, and no image, which would be a request to some host. */
const parser = new MarkdownIt({ html: false, linkify: true, typographer: true }).disable('image')

DOMPurify.addHook('afterSanitizeAttributes', (node) => {
  if (node.tagName === 'A') {
    node.setAttribute('target', '_blank')
    node.setAttribute('rel', 'noopener noreferrer')
  }
})

/** Safe HTML of a text cell. */
export function renderMarkdown(text: string): string {
  return DOMPurify.sanitize(parser.render(text), {
    FORBID_TAGS: ['style', 'form', 'input', 'img', 'video', 'audio', 'iframe', 'svg', 'math'],
    FORBID_ATTR: ['style', 'srcset', 'background'],
  })
}
