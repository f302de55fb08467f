import CSwasm
import Glibc

/// Threads that exist before lockdown, which forbids making any, and then share work by index.
///
/// A pool of one worker has no thread: the caller does the work. Otherwise the caller only waits, because a forked
/// process's first thread may hang in Swift's runtime when it meets another one in a lazy global: it remembers
/// its parent's thread number.
/// SAFETY of the sending: the state is reached under its lock only.
final class WorkerPool: @unchecked Sendable {
  private let state: UnsafeMutablePointer<State>

  /// Under `lock`. SAFETY: lives until the process ends, which is how the threads end.
  private struct State {
    var lock = pthread_mutex_t()
    var changed = pthread_cond_t()
    var generation = 0
    var running = 0
    var next = 0
    var count = 0
    var body: (@Sendable (Int) -> Void)?
    var threads = 0
    var started = 0
  }

  private static let stackBytes = 16 << 20

  init(workers: Int) throws(Failure) {
    state = .allocate(capacity: 1)
    state.initialize(to: State())
    pthread_mutex_init(&state.pointee.lock, nil)
    pthread_cond_init(&state.pointee.changed, nil)
    for _ in 0..<(workers > 1 ? workers : 0) {
      var attributes = pthread_attr_t()
      pthread_attr_init(&attributes)
      pthread_attr_setstacksize(&attributes, Self.stackBytes)
      defer { pthread_attr_destroy(&attributes) }
      var thread = pthread_t()
      let error = pthread_create(
        &thread, &attributes,
        { context in
          WorkerPool.serve(context!.assumingMemoryBound(to: State.self))
        }, state)
      guard error == 0 else { throw .system("cannot start a thread", error) }
      state.pointee.threads += 1
    }
    waitForStart()
  }

  /// A thread that is still being set up makes system calls that lockdown forbids.
  private func waitForStart() {
    pthread_mutex_lock(&state.pointee.lock)
    while state.pointee.started < state.pointee.threads {
      pthread_cond_wait(&state.pointee.changed, &state.pointee.lock)
    }
    pthread_mutex_unlock(&state.pointee.lock)
  }

  /// Calls `body` with every index below `count`, on all threads, in any order. Returns when all have
  /// returned.
  func run(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    let state = state
    pthread_mutex_lock(&state.pointee.lock)
    state.pointee.next = 0
    state.pointee.count = count
    state.pointee.body = body
    state.pointee.generation += 1
    state.pointee.running = state.pointee.threads
    pthread_cond_broadcast(&state.pointee.changed)
    if state.pointee.threads == 0 { Self.work(state) }
    while state.pointee.running > 0 {
      pthread_cond_wait(&state.pointee.changed, &state.pointee.lock)
    }
    state.pointee.body = nil
    pthread_mutex_unlock(&state.pointee.lock)
  }

  /// A thread's life.
  private static func serve(_ state: UnsafeMutablePointer<State>) -> Never {
    var seen = 0
    pthread_mutex_lock(&state.pointee.lock)
    state.pointee.started += 1
    pthread_cond_broadcast(&state.pointee.changed)
    while true {
      while state.pointee.generation == seen {
        pthread_cond_wait(&state.pointee.changed, &state.pointee.lock)
      }
      seen = state.pointee.generation
      work(state)
      state.pointee.running -= 1
      pthread_cond_broadcast(&state.pointee.changed)
    }
  }

  /// Takes indices until there are none left. The lock is held on entry and on return.
  private static func work(_ state: UnsafeMutablePointer<State>) {
    while state.pointee.next < state.pointee.count, let body = state.pointee.body {
      let index = state.pointee.next
      state.pointee.next += 1
      pthread_mutex_unlock(&state.pointee.lock)
      body(index)
      pthread_mutex_lock(&state.pointee.lock)
    }
  }
}
