// Package peripheral brings the firmware that a bundle carries into the devices of a
// kiosk: validators, card readers, printers.
//
// Words: a device is named by its class and its driver (manifest.Device). A handler
// knows how to flash the devices of one driver; the caller hands all handlers over.
// To stage a firmware is to copy it onto the data partition, with a record of what it
// is for. A device is in its loader when a flash was cut: it takes firmware and does
// nothing else.
//
// Order for each firmware of a bundle: the device is taken out of service; what it
// says of itself is compared with the manifest; the image is read whole, each chunk
// checked, looked at by the handler, and staged; then the device is flashed and asked
// for its version, and only then is the stage cleared. A line or stick that fails can
// so never leave a device half written, and after a power cut in mid-flash Resume does
// it again from the stage, without the bundle. One device at a time, and only one that
// is idle.
//
// Who has no right to devices may take an image out of a checked bundle and hand it
// to a process that has: InstallImage does the same for that one.
//
// It refuses a device that is not there, another model, an older version (unless the
// manifest allows it), a file that is no firmware for the device, and a device that is
// busy. After MaxAttempts flashes that failed it gives up and says so, instead of
// flashing at every boot.
//
// It knows no serial line and no device: what is flashed and how is the handler's
// business. Not safe for concurrent use.
package peripheral
