// Package vigil feeds the watchdogs, systemd's and the board's own, only while the
// program makes progress.
//
// Its words: a source is a part that must come round (the core's loop, the
// journal's commits, the pump of each device) and beats when it did; it is late
// when its last beat is older than its limit. One late source starves every
// watchdog, so a program that only looks alive is replaced.
//
// An armed hardware watchdog is disarmed in one case alone: the program was told
// to stop, stopped in order, and the board is to stay up. After a crash, a panic,
// a stop that hangs, or while the board goes down, it stays armed: the board
// resets unless a new process takes over in time.
//
// The package refuses to judge devices or money: a device that is broken but whose
// pump turns does not need the board reset.
package vigil
