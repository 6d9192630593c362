// Package peripherals opens the devices of a board: it chooses the driver that
// the configuration names, runs it over its serial port, and watches the
// cabinet's lines. Whatever a device says arrives through one callback; whatever
// it must do goes into its bounded queue.
//
// It decides nothing about money and keeps no state but the queues.
package peripherals
