// Package peripherals opens the devices of a board: it chooses the driver that
// the configuration names, runs it over its port, watches the cabinet's lines, and
// keeps account of each device's health. Whatever a device says arrives through
// one callback; whatever it must do goes into its bounded queue.
//
// A device that stays silent is opened again and again by the pump (hal/port); when
// that does not help, and no customer is served, its power relay is let go for a
// moment: a hard reset, a bounded number of times an hour.
//
// It decides nothing about money.
package peripherals
