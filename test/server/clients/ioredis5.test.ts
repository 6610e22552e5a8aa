import { Redis } from 'ioredis5'
import { describeIoredis, type IoredisClass } from './ioredis-suite.ts'

describeIoredis('ioredis 5', Redis as unknown as IoredisClass)
