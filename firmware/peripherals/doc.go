// Package peripherals opens the devices of a board: it chooses the driver that
// the configuration names, runs it over its port, watches the cabinet's lines, and
// keeps account of each device's health. Whatever a device says arrives through
// one callback; whatever it must do goes into its bounded queue.
//
// A device that stays silent is opened again and again by the pump (hal/port); when
// that does not help, and no customer is served, its power relay is let go for a
// moment: a hard reset, a bounded number of times an hour.
//
// The line of a device that takes firmware can be borrowed (Borrow), once its driver
// says that no note and no report would be lost; the driver is rebuilt afterwards.
// Flashers are the handlers that ota/peripheral needs for that.
//
// It decides nothing about money.
package peripherals
