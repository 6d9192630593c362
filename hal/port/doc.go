// Package port is the byte ports that devices hang on, and the pump that runs
// a driver over one.
//
// A [Port] is a byte stream whose Close unblocks Read and Write. [OpenSerial]
// opens a serial line (or the slave of a pseudo terminal). [Run], the pump, is
// the only place where a hal.Engine meets goroutines and a clock: one goroutine
// owns the engine, a reader and a writer move the bytes, and a port that fails
// is opened again after a back-off while the engine is still given the time, so
// that it reports Silent by itself.
//
// The package knows no protocol. It never retries bytes: what was on its way
// when a port failed is lost, and the engine finds out by its own timers.
package port
