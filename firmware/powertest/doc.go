// Package powertest is about power cuts: what a program was told is on disk is
// there after the power came back, and what it keeps opens again.
//
//   - cutdisk is a disk whose power can be cut. It has a cache, like a real one: what
//     was not flushed is lost, reordered and torn at the cut, and it can refuse
//     writes. The kernel's own ext4 lies on it, made and mounted as on a board.
//   - duty are programs that keep something by the product's own packages, say what
//     they were promised, and check it when they are started again: the journal, the
//     books of head office, and every small file that must last.
//   - cmd/powerrig runs them, cuts the power again and again, and counts.
//
// The rig must also find two lies that are told on purpose: a disk that answers a
// flush and does nothing, and a program whose syncs do nothing. Otherwise it would not
// be known to find anything.
//
// "make power" runs it for a minute, "make power SECONDS=900" for longer. It needs
// root, FUSE and loop devices. A seed repeats the choices, not the timing of threads.
package powertest
