import { defineGroup } from '../command.ts'
import { changeDefinitions } from './change-definitions.ts'
import { combineDefinitions } from './combine-definitions.ts'
import { readDefinitions } from './read-definitions.ts'

export const sortedSetCommands = defineGroup('sorted-set', [
  ...changeDefinitions,
  ...readDefinitions,
  ...combineDefinitions,
])
