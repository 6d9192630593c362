// Package gpiotest is the double of package gpio: a fake chip whose levels a
// test sets, with edges and faults, and the conformance suite that every Source
// passes.
package gpiotest
