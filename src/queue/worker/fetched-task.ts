import { decodeHeader, type Header, type HeaderOptions } from '../header.ts'

/** A task that a worker has read from Redis. */
export interface FetchedTask {
  /** Number of the stream that has its entry. */
  readonly stream: number
  /** Id of the entry in the stream. */
  readonly entry: string
  readonly headerText: string
  readonly argsText: string
  /** Undefined if it could not be decoded. */
  readonly header: Header | undefined
}

const NO_OPTIONS: HeaderOptions = {}

/** @param place the number of the stream and the id of the entry: `31700000000000-0` */
export function fetchedTask(place: string, headerText: string, argsText: string): FetchedTask {
  const header = decodeHeader(headerText)
  return { stream: Number(place.charAt(0)), entry: place.slice(1), headerText, argsText, header }
}

/** Returns the name of a task's entry that is unique in its queue. */
export function placeOf({ stream, entry }: FetchedTask): string {
  return stream + entry
}

export function optionsOf({ header }: FetchedTask): HeaderOptions {
  return header?.[2] ?? NO_OPTIONS
}
