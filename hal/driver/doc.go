// Package driver knows every driver of every device class by its name, with the
// settings of the serial line that its protocol asks for. What opens devices by
// configuration (the firmware) and by hand (halsmoke) chooses here; a new driver is
// one line in table.go.
//
// What can be set about a device is the driver's own matter: a row of the
// table names the driver's struct of settings, and whoever passes settings on
// (hal/setting) knows none of them.
//
// The package opens nothing and holds nothing.
package driver
