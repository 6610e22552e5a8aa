import * as library from 'node-redis6'
import { describeNodeRedis, type NodeRedis } from './node-redis-suite.ts'

describeNodeRedis('node-redis 6', library as unknown as NodeRedis, 2)
describeNodeRedis('node-redis 6', library as unknown as NodeRedis, 3)
