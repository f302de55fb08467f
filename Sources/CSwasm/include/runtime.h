/* The part of the runtime that runs inside a locked-down guest: libcalls, fault handlers, entering. */
#ifndef SWASM_RUNTIME_H
#define SWASM_RUNTIME_H

#include <stdint.h>

/* ---- What the slots of an instance's data block point at ---- */

/* What a store may take: bytes of linear memories, and of these with tables and all else together. */
struct swasm_budget {
  uint64_t memory_limit;
  uint64_t memory_used;
  uint64_t limit;
  uint64_t used;
};

/* Compiled code reads byte_length. */
struct swasm_memory {
  uint64_t byte_length;
  uint64_t base;
  /* memory.grow fails beyond it: the declared maximum or the policy's, whichever is less. */
  uint64_t maximum_bytes;
  /* log2 of the size of a page of wasm; whether addresses have 64 bits. */
  uint32_t page_log2;
  uint32_t is_64;
  /* The policy's was less. */
  uint64_t is_restricted;
  struct swasm_budget *budget;
};

/* Compiled code reads element_count. */
struct swasm_table {
  uint64_t element_count;
  uint64_t base;
  /* All entries below it are accessible from the start: a guest can't mprotect outside its memory. */
  uint64_t maximum;
  uint32_t holds_functions;
  /* Indices have 64 bits. */
  uint32_t is_64;
  /* There was less room than the module allows. */
  uint64_t is_restricted;
  struct swasm_budget *budget;
};

struct swasm_table_entry {
  uint64_t code;
  uint32_t type;
  uint32_t reference;
};

struct swasm_function_reference {
  uint64_t code;
  uint32_t type;
  uint32_t zero;
};

/* Dropping a segment makes it empty. */
struct swasm_data_segment {
  const uint8_t *bytes;
  uint64_t length;
};

/* Either references, or functions of the instance, which all instances of a module share. */
struct swasm_element_segment {
  const uint64_t *references;
  const uint32_t *functions;
  uint64_t length;
};

/* What the first word of a data block points at. Offsets are from the start of the data block. */
struct swasm_instance {
  uint64_t memories_offset;
  uint64_t tables_offset;
  struct swasm_data_segment *data_segments;
  struct swasm_element_segment *element_segments;
};

/* ---- What the fault handler knows of the address space ---- */

struct swasm_range {
  uint64_t start;
  uint64_t end;
};

/* As in the artifact's file: see FrameRow. */
struct swasm_frame_row {
  uint32_t start;
  uint32_t end;
  uint32_t frame_size;
  uint32_t saved_registers;
  uint32_t popped_bytes;
};

/* As in the artifact's file: see Landing. */
struct swasm_landing {
  uint32_t return_address;
  uint32_t target;
};

/* A module's mapped text. */
struct swasm_text {
  struct swasm_range range;
  uint64_t data;
  const struct swasm_frame_row *rows;
  uint64_t row_count;
  const struct swasm_landing *landings;
  uint64_t landing_count;
  uint64_t tables_offset;
  uint32_t table_count;
  uint32_t artifact;
  uint32_t module;
  uint32_t zero;
};

struct swasm_store {
  struct swasm_text *texts;
  uint64_t text_count;
  struct swasm_range *trampolines;
  uint64_t trampoline_count;
  struct swasm_range *memories;
  uint64_t memory_count;
  struct swasm_range *tables;
  uint64_t table_count;
};

void swasm_store_add_text(struct swasm_store *store, struct swasm_text text);
void swasm_store_add_trampolines(struct swasm_store *store, struct swasm_range range);
void swasm_store_add_memory(struct swasm_store *store, struct swasm_range range);
void swasm_store_add_table(struct swasm_store *store, struct swasm_range range);
void swasm_store_free(struct swasm_store *store);

/* ---- Exceptions ---- */

/* What a handler finds of the exception that it has caught. */
struct swasm_caught {
  uint64_t reference;
  uint64_t tag;
  /* 16 bytes for each value, until the next call. */
  uint64_t payload;
};

struct swasm_slot;
/* What a host function returns that has thrown: no kind of trap. */
#define SWASM_HOST_THROWN UINT32_MAX

/* All exceptions of a store, in so many bytes at most; NULL: no memory. Begins with a struct swasm_caught, and what host trampolines call (ContextLayout). */
struct swasm_exceptions;
struct swasm_exceptions *swasm_exceptions_create(const struct swasm_store *store, uint64_t size);
void swasm_exceptions_free(struct swasm_exceptions *exceptions);
/* Where references may be besides stacks. */
void swasm_exceptions_add_global(struct swasm_exceptions *exceptions, const uint64_t *cell);
void swasm_exceptions_add_table(
  struct swasm_exceptions *exceptions, const struct swasm_table *table);
/* For a host function, as its last act: makes an exception with these values and returns SWASM_HOST_THROWN, or the kind of
   a trap. The trampoline that has called the function throws it. */
uint32_t swasm_host_throw(
  const uint8_t *data, uint64_t tag, const struct swasm_slot *values, uint64_t count);
/* The same for the exception that a call has ended with that the host function made: nobody has caught it there. */
uint32_t swasm_host_throw_again(const uint8_t *data);

/* ---- The record of a guest's end, in a page shared with the launcher ---- */

enum {
  SWASM_TRAP_FRAMES = 64,
  /* As many as a function has parameters or results at most; 16 bytes each. Pages that nobody touches cost nothing. */
  SWASM_RECORD_SLOTS = 1000,
  SWASM_RECORD_SLOTS_OFFSET = 4096,
  SWASM_RECORD_SIZE = SWASM_RECORD_SLOTS_OFFSET + 16384,
  SWASM_PLACE_SIZE = 512,
};

enum swasm_state {
  SWASM_STATE_RUNNING = 0,
  SWASM_STATE_RETURNED = 1,
  SWASM_STATE_TRAPPED = 2,
  SWASM_STATE_INTERNAL_ERROR = 3,
};

/* Raw values of TrapKind that C has to know. */
enum swasm_trap {
  SWASM_TRAP_MEMORY_OUT_OF_BOUNDS = 2,
  SWASM_TRAP_TABLE_OUT_OF_BOUNDS = 3,
  SWASM_TRAP_INTEGER_OVERFLOW = 4,
  SWASM_TRAP_INTEGER_DIVIDE_BY_ZERO = 5,
  SWASM_TRAP_UNDEFINED_ELEMENT = 7,
  SWASM_TRAP_UNINITIALIZED_ELEMENT = 8,
  SWASM_TRAP_INDIRECT_CALL_TYPE_MISMATCH = 9,
  SWASM_TRAP_STACK_OVERFLOW = 10,
  /* All kinds up to the last are ends in themselves, except for these two, which have to be resolved. */
  SWASM_TRAP_INDIRECT_CALL = 12,
  SWASM_TRAP_HOST = 13,
  SWASM_TRAP_UNCAUGHT_EXCEPTION = 16,
  SWASM_TRAP_EXCEPTIONS_EXHAUSTED = 17,
  SWASM_TRAP_LAST = 20,
};

/* A code offset in a module of an artifact of the store. */
struct swasm_trap_frame {
  uint32_t artifact;
  uint32_t module;
  uint32_t offset;
};

struct swasm_slot {
  uint64_t low;
  uint64_t high;
};

/* Behind it, at SWASM_RECORD_SLOTS_OFFSET, are the arguments and results of the entry export. */
struct swasm_trap_record {
  uint32_t state;
  uint32_t kind;
  uint32_t signal;
  uint32_t frame_count;
  uint64_t pc;
  uint64_t fault_address;
  uint64_t stack_pointer;
  /* 1 once memory.grow was refused for the policy's limit or the kernel's. */
  uint64_t growth_refused;
  /* As in the store's swasm_budget when the guest began and when it last grew; guest processes only. */
  uint64_t memory_used;
  uint64_t used;
  /* On the monotonic clock, when the first guest instruction was about to run; guest processes only. */
  uint64_t started_nanoseconds;
  /* Frame 0 is where the trap happened, when first_is_return_address is 0; all others are return addresses. */
  uint32_t first_is_return_address;
  struct swasm_trap_frame frames[SWASM_TRAP_FRAMES];
  /* Of the step that is running, as in swasm_guest_step; ends with a 0. */
  char place[SWASM_PLACE_SIZE];
};
_Static_assert(sizeof(struct swasm_trap_record) <= SWASM_RECORD_SLOTS_OFFSET, "the record fits its page");
_Static_assert(
  SWASM_RECORD_SLOTS * sizeof(struct swasm_slot) <= SWASM_RECORD_SIZE - SWASM_RECORD_SLOTS_OFFSET,
  "the slots fit their pages");

/* ---- Entering ---- */

/* The first fields' offsets are known to enter.S. */
struct swasm_activation {
  /* 0: rsp of the host while the guest runs. */
  uint64_t host_stack;
  /* 8: the entry trampoline and its two arguments. */
  uint64_t entry;
  uint64_t code;
  void *slots;
  /* 32: where the guest's stack begins; 16-byte aligned. */
  uint64_t stack_top;
  /* 40: ymm registers exist and have to be cleared. */
  uint64_t has_avx;
  /* Set in GS while the guest runs; 0 leaves GS alone. */
  uint64_t gs_base;
  /* Inaccessible, directly below the stack. */
  struct swasm_range guard;
  const struct swasm_store *store;
  struct swasm_trap_record *record;
  /* A trap ends the process by exit_group instead of returning from swasm_enter. */
  uint64_t exits_on_trap;
  struct swasm_activation *previous;
};

enum { SWASM_ENTER_RETURNED = 0, SWASM_ENTER_TRAPPED = 1, SWASM_EXIT_STATUS_TRAP = 134 };

/* Runs compiled code on the guest's stack. Allocates nothing and makes no system call in a process that has been
   prepared by swasm_prepare_thread and either has FSGSBASE or leaves GS alone. */
uint32_t swasm_enter(struct swasm_activation *activation);

/* Installs the handlers (once per process) and this thread's signal stack. 0, or an errno. */
int swasm_prepare_thread(void);
/* From now on a fault that is no trap is recorded and ends the process too. */
void swasm_become_guest(struct swasm_trap_record *record);
/* For the record of a guest: more memory was refused by a limit that is not the module's own. */
void swasm_note_growth_refused(void);
/* For the record of a guest: what its modules have taken by now. */
void swasm_note_budget(struct swasm_trap_record *record, const struct swasm_budget *budget);
/* The same, of the process's guest, if it is one. */
void swasm_note_growth(const struct swasm_budget *budget);
/* Notes the time. */
void swasm_note_start(struct swasm_trap_record *record);

/* User mode may write GS itself (AT_HWCAP2). */
int swasm_has_fsgsbase(void);
/* 0, or an errno. */
int swasm_set_gs_base(uint64_t base);

/* Forbids every further change of a memory file's bytes and size. 0, or −1 and errno. */
int swasm_seal(int descriptor);

/* Bits of CPUFeatures. */
uint32_t swasm_cpu_features(void);

/* ---- Steps: what remains of an instantiation from its first guest instruction on ---- */

enum swasm_guest_step_kind { SWASM_GUEST_CALL, SWASM_GUEST_DATA, SWASM_GUEST_ELEMENTS };

struct swasm_guest_step {
  uint32_t kind;
  /* Memory or table, segment and destination of a copy; the segment is dropped afterwards. */
  uint32_t index;
  uint32_t segment;
  uint64_t offset;
  /* The data block of the instance that the step belongs to. */
  uint8_t *data;
  /* Of a call. */
  uint64_t entry;
  uint64_t code;
  uint64_t gs_base;
  void *slots;
  /* Which instance inside others it belongs to, and what it does there; NULL where that goes without saying. */
  const char *place;
};

/* 0, or the kind of the trap. */
uint32_t swasm_run_step(const struct swasm_guest_step *step, struct swasm_activation *activation);
/* Runs all; a trap is recorded and ends the process. */
void swasm_run_guest(
  const struct swasm_guest_step *steps, uint64_t count, struct swasm_activation *activation);

/* ---- Libcalls ---- */

/* The address of the libcall with this raw value, 0 when there is none. */
uint64_t swasm_libcall(uint32_t call);

#endif
