/** NUL, which tables can't hold, and halves of characters become the replacement character. */
export const storable = (text: string): string => {
  const whole = text.includes('\0') ? text.replaceAll('\0', '\ufffd') : text;
  return whole.toWellFormed();
};
