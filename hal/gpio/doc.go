// Package gpio is a board's lines that are one bit: inputs (doors, tamper) and
// outputs (guide lights, peripheral power).
//
// A level is logical: true means active (door open, light on), whatever the
// wire's polarity. Lines are named by their role; which chip and number that is,
// the board says. This is the only package that imports periph; filegpio is the
// same for the simulated board. Debouncing happens here ([Watcher]), never in
// the kernel.
//
// The package knows nothing of what a line means. An input that cannot be read
// counts as active: a door that cannot be seen to be shut is open.
package gpio
