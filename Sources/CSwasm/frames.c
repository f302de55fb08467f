/* Walking compiled frames with the rows of FrameRow.
 *
 * A caller's frame, with the area of its calls' stack arguments at the bottom, begins directly above the return address
 * that the call pushed, so from one return address to the next it is frame size + saved registers + 8. After a tail
 * call the callee may have stack arguments of another size than the call in the caller's frame: the return
 * address is then lower or higher by the difference. What breaks
 * the chain are frames without rows: those of the host (traps raised by host functions, stack overflow in them or in
 * libcalls) and of trampolines. There the walk scans upwards for the next word that looks like a return address:
 * it lies in a module's text, directly after a call. A stale word may be taken for one; a backtrace is information
 * for people, nothing is decided by it. The walk ends at the entry trampoline.
 */
#include <stddef.h>

#include "faults.h"

/* Where the stack of an activation may be read. */
struct walk {
  const struct swasm_store *store;
  uint64_t stack_low;
  uint64_t stack_end;
};

const struct swasm_frame_row *swasm_frame_row_at(const struct swasm_text *text, uint64_t pc) {
  uint64_t offset = pc - text->range.start;
  uint64_t low = 0, high = text->row_count;
  while (low < high) {
    uint64_t middle = (low + high) / 2;
    if (text->rows[middle].end <= offset) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low < text->row_count && text->rows[low].start <= offset ? &text->rows[low] : NULL;
}

/* `sub rsp, imm8` or `sub rsp, imm32` takes the room for stack arguments back. */
uint64_t swasm_bytes_taken_after_call(const struct swasm_text *text, uint64_t pc) {
  const uint8_t *at = (const uint8_t *)pc;
  if (pc + 7 > text->range.end || at[0] != 0x48 || at[2] != 0xec) return 0;
  if (at[1] == 0x83) return at[3];
  if (at[1] != 0x81) return 0;
  return at[3] | (uint64_t)at[4] << 8 | (uint64_t)at[5] << 16 | (uint64_t)at[6] << 24;
}

/* `call rel32`, or FF /2 of some length, ends at `pc`. */
static int follows_call(const struct swasm_text *text, uint64_t pc) {
  const uint8_t *end = (const uint8_t *)pc;
  uint64_t room = pc - text->range.start;
  if (room >= 5 && end[-5] == 0xe8) return 1;
  for (uint64_t length = 2; length <= 7 && length <= room; length++) {
    const uint8_t *at = end - length;
    if (at[0] != 0xff || (at[1] >> 3 & 7) != 2) continue;
    uint8_t mode = at[1] >> 6, base = at[1] & 7;
    uint64_t expected = 2;
    if (mode != 3 && base == 4) expected += 1;
    if (mode == 1) expected += 1;
    if (mode == 2 || (mode == 0 && base == 5)) expected += 4;
    if (mode == 0 && base == 4 && (at[2] & 7) == 5) expected += 4;
    if (expected == length) return 1;
  }
  return 0;
}

static int readable(const struct walk *walk, uint64_t address) {
  return (address & 7) == 0 && address >= walk->stack_low && address + 8 <= walk->stack_end;
}

static const struct swasm_text *caller_at(const struct walk *walk, uint64_t address) {
  uint64_t pc = *(const uint64_t *)address;
  const struct swasm_text *text = swasm_text_at(walk->store, pc);
  return text != NULL && follows_call(text, pc) ? text : NULL;
}

/* The address of a return address at or above `address`; 0 when the bottom of the stack comes first. */
static uint64_t find_return_address(const struct walk *walk, uint64_t address) {
  for (; readable(walk, address); address += 8) {
    if (caller_at(walk, address) != NULL) return address;
    const struct swasm_store *s = walk->store;
    if (swasm_any_contains(s->trampolines, s->trampoline_count, *(const uint64_t *)address))
      return 0;
  }
  return 0;
}

uint64_t swasm_pushed_bytes(const struct swasm_frame_row *row) {
  return 8 * (uint64_t)__builtin_popcount(row->saved_registers & 0x3f);
}

/* Bytes between rsp and the return address when the instruction at `pc` begins. The prologue is the pushes, perhaps
   probes of the stack that leave rsp alone, then `sub rsp, frame size`; more probes may follow. */
static uint64_t frame_bytes_at(
  const struct swasm_text *text, const struct swasm_frame_row *row, uint64_t pc) {
  const uint8_t *at = (const uint8_t *)(text->range.start + row->start);
  uint64_t pushed = 0;
  for (int i = 0; i < 6; i++) {
    if (!(row->saved_registers >> i & 1)) continue;
    if (pc <= (uint64_t)at) return pushed;
    at += i < 2 ? 1 : 2;
    pushed += 8;
  }
  if (row->frame_size == 0) return pushed;
  uint32_t size = row->frame_size;
  const uint8_t *end = (const uint8_t *)(text->range.start + row->end);
  for (; at + 7 <= end && (uint64_t)at < pc; at++) {
    int narrow = at[0] == 0x48 && at[1] == 0x83 && at[2] == 0xec && at[3] == size;
    int wide = at[0] == 0x48 && at[1] == 0x81 && at[2] == 0xec &&
               (at[3] | at[4] << 8 | at[5] << 16 | (uint32_t)at[6] << 24) == size;
    if (narrow || wide) return pushed + size;
  }
  return pc <= (uint64_t)at ? pushed : pushed + size;
}

static void append(
  struct swasm_trap_record *record, const struct swasm_text *text, uint64_t pc) {
  record->frames[record->frame_count++] = (struct swasm_trap_frame){
    text->artifact, text->module, (uint32_t)(pc - text->range.start)};
}

void swasm_walk_frames(
  const struct swasm_activation *activation, const struct swasm_fault *fault,
  struct swasm_trap_record *record) {
  struct walk walk = {activation->store, activation->guard.end, activation->stack_top};
  const struct swasm_text *text = swasm_text_at(walk.store, fault->pc);
  uint64_t sp = fault->registers[SWASM_RSP];
  uint64_t next = (sp + 7) & ~7ull;
  if (next < walk.stack_low) next = walk.stack_low;
  record->frame_count = 0;
  record->first_is_return_address = text == NULL;
  /* The function whose return address comes next, when it is known. */
  const struct swasm_frame_row *callee = NULL;
  if (text != NULL) {
    append(record, text, fault->pc);
    const struct swasm_frame_row *row = swasm_frame_row_at(text, fault->pc);
    if (row != NULL) next = sp + frame_bytes_at(text, row, fault->pc);
    callee = row;
  }
  while (record->frame_count < SWASM_TRAP_FRAMES) {
    uint64_t found = find_return_address(&walk, next);
    if (found == 0) return;
    uint64_t pc = *(const uint64_t *)found;
    text = caller_at(&walk, found);
    append(record, text, pc);
    const struct swasm_frame_row *row = swasm_frame_row_at(text, pc);
    int is_exact = callee != NULL && found == next;
    next = found + 8;
    if (is_exact) next += callee->popped_bytes - swasm_bytes_taken_after_call(text, pc);
    if (row != NULL) next += row->frame_size + swasm_pushed_bytes(row);
    callee = row;
  }
}
