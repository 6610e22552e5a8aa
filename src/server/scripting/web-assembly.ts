/** Compiled code. */
export interface WasmCode {
  readonly compiled?: never
}

interface WebAssemblyApi {
  compile(bytes: Uint8Array): Promise<WasmCode>
  readonly Instance: new (code: WasmCode, imports: object) => object
}

/** The parts of WebAssembly that are used: Node.js has it, its types do not. */
export const { WebAssembly } = globalThis as unknown as { readonly WebAssembly: WebAssemblyApi }
