import { Redis } from 'iovalkey'
import { describeIoredis, type IoredisClass } from './ioredis-suite.ts'

describeIoredis('iovalkey', Redis as unknown as IoredisClass)
