// Package driver knows every driver of every device class by its name, with the
// settings of the serial line that its protocol asks for. What opens devices by
// configuration (the firmware) and by hand (halsmoke) chooses here; a new driver is
// one line.
//
// It opens nothing and holds nothing.
package driver
