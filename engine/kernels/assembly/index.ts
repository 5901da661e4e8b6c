export { hash_bytes } from './hash'
