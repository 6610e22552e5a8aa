/** Mail of the contact form. It is written to files, to be looked at: nothing is sent. */

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import nodemailer from 'nodemailer'

const FOLDER = process.env.REEL_MAIL ?? fileURLToPath(new URL('../data/mail', import.meta.url))
const transport = nodemailer.createTransport({ streamTransport: true, buffer: true })

/**
 * Writes one message to a file of its own. Written twice, it is the same file: a task may run
 * again.
 * @param {{ id: string, name: string, email: string, text: string }} message
 */
export async function writeMail({ id, name, email, text }) {
  const { message } = await transport.sendMail({
    messageId: `<${id}@reel.example>`,
    from: { name: 'Reel', address: 'contact@reel.example' },
    replyTo: { name, address: email },
    to: 'films@reel.example',
    subject: `A message from ${name}`,
    text,
  })
  await mkdir(FOLDER, { recursive: true })
  await writeFile(join(FOLDER, `${id}.eml`), message)
}
