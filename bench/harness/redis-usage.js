/** Memory and CPU time of redis-server, as INFO says them. */

/**
 * Returns the memory of all keys and of what belongs to them, in bytes.
 *
 * @param {import('ioredis').Redis} admin
 */
export async function usedMemory(admin) {
  return fieldOf(await admin.info('memory'), 'used_memory')
}

/**
 * Returns the CPU time of the server until now, that of its network included, in us.
 *
 * @param {import('ioredis').Redis} admin
 */
export async function usedCpu(admin) {
  const info = await admin.info('cpu')
  return (fieldOf(info, 'used_cpu_user') + fieldOf(info, 'used_cpu_sys')) * 1e6
}

function fieldOf(info, name) {
  return Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)?.[1])
}
