package fact

// Disk is a physical or virtual block device.
type Disk struct {
	Name   string `json:"name" doc:"device name, e.g. sda"`
	Vendor string `json:"vendor,omitempty"`
	Model  string `json:"model,omitempty"`
	Serial string `json:"serial,omitempty"`
	WWN    string `json:"wwn,omitempty"`
	Bytes  *int64 `json:"bytes,omitempty"`
	Kind   string `json:"kind,omitempty" doc:"hdd, ssd, nvme, virtual, removable"`
	Bus    string `json:"bus,omitempty" doc:"sata, nvme, usb, virtio, scsi …"`
	Health string `json:"health,omitempty" doc:"as the disk itself reports it, where readable"`
}

// Filesystem is a mounted file system. How full it is stands in Volatile.
type Filesystem struct {
	Mount     string `json:"mount"`
	Device    string `json:"device"`
	Type      string `json:"type"`
	Bytes     *int64 `json:"bytes,omitempty" doc:"size"`
	Inodes    *int64 `json:"inodes,omitempty"`
	Options   string `json:"options,omitempty" doc:"those that matter: ro, nosuid, nodev, noexec"`
	Remote    bool   `json:"remote,omitempty" doc:"on another machine"`
	Encrypted *bool  `json:"encrypted,omitempty" doc:"whether the device under it is encrypted; absent when it cannot be told"`
	Cipher    string `json:"cipher,omitempty" doc:"luks2, bitlocker, filevault, zfs, fscrypt …"`
}
