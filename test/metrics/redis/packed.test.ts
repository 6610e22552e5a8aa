import { expect, test } from 'vitest'
import { addSnapshot } from '../../../src/metrics/add-snapshot.ts'
import { pack, packBucket, unpack, unpackBucket } from '../../../src/metrics/redis/packed.ts'
import { emptySnapshot } from '../../../src/metrics/snapshot.ts'
import { Counts } from './counts.ts'

function counted(pages: number, renderTime: number) {
  const counts = new Counts(() => 1_000)
  counts.count(pages, renderTime)
  return counts.take() ?? emptySnapshot()
}

test('what is packed is unpacked', async () => {
  const snapshot = counted(3, 250)
  expect(await unpack(await pack(snapshot))).toEqual(snapshot)
  const bucket = { applied: '1700000000000-3', snapshot }
  expect(await unpackBucket(await packBucket(bucket))).toEqual(bucket)
})

test('what is damaged, or of another format, is not unpacked', async () => {
  const packed = await pack(counted(3, 250))
  const damaged = Buffer.from(packed)
  damaged[5] = (damaged[5] ?? 0) ^ 255
  for (const wrong of [Buffer.alloc(0), Buffer.of(1), Buffer.of(2), packed.subarray(0, -4), damaged])
    expect(await unpack(wrong)).toBeUndefined()
  for (const head of ['', ' ', 'x ', '1-1', '1- '])
    expect(await unpackBucket(Buffer.concat([Buffer.from(head), packed]))).toBeUndefined()
})

test('the sum of deltas that were packed is what one process would have counted', async () => {
  const all = new Counts(() => 1_000)
  const sum = emptySnapshot()
  for (let n = 0; n < 200; n++) {
    const renderTime = (n * 7_919) % 100_000
    all.count(1, renderTime)
    addSnapshot(sum, (await unpack(await pack(counted(1, renderTime)))) ?? emptySnapshot())
  }
  expect(sum).toEqual(all.take())
})
