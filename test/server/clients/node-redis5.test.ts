import * as library from 'node-redis5'
import { describeNodeRedis, type NodeRedis } from './node-redis-suite.ts'

describeNodeRedis('node-redis 5', library as unknown as NodeRedis, 2)
describeNodeRedis('node-redis 5', library as unknown as NodeRedis, 3)
