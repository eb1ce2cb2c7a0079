package seen

// Component is a physical part: ENTITY-MIB entPhysicalTable.
type Component struct {
	Index     int64  `json:"index"`
	Within    int64  `json:"within,omitempty" doc:"index of the part that contains it"`
	Class     string `json:"class,omitempty" doc:"chassis, stack, module, power-supply, fan, port, sensor, container, backplane, cpu …"`
	Name      string `json:"name,omitempty"`
	Descr     string `json:"descr,omitempty"`
	Model     string `json:"model,omitempty"`
	Serial    string `json:"serial,omitempty" doc:"absent where it is a placeholder"`
	Vendor    string `json:"vendor,omitempty"`
	Hardware  string `json:"hardware,omitempty" doc:"hardware revision"`
	Firmware  string `json:"firmware,omitempty"`
	Software  string `json:"software,omitempty"`
	AssetTag  string `json:"asset_tag,omitempty"`
	Position  int64  `json:"position,omitempty" doc:"within what contains it"`
	IfIndex   int64  `json:"if_index,omitempty" doc:"of a port, where the mapping tells"`
	FRU       *bool  `json:"replaceable,omitempty"`
	Made      string `json:"made,omitempty" doc:"day of manufacture, YYYY-MM-DD"`
	StackRole string `json:"stack_role,omitempty" doc:"master, member … of a stack member, where told"`
}

// Member is one of several machines that are one device: a switch of a stack, a
// chassis of a cluster.
type Member struct {
	Number  int64  `json:"number" doc:"as the device counts them"`
	Serial  string `json:"serial,omitempty"`
	Model   string `json:"model,omitempty"`
	Role    string `json:"role,omitempty" doc:"master, standby, member or not-member"`
	State   string `json:"state,omitempty" doc:"as the maker says: ready, version-mismatch …"`
	MAC     string `json:"mac,omitempty"`
	Version string `json:"version,omitempty"`
	Part    int64  `json:"component,omitempty" doc:"index of its component, where there is one"`
}

// Sensor is a measured value.
type Sensor struct {
	Index  string   `json:"index"`
	Name   string   `json:"name,omitempty"`
	Kind   string   `json:"kind,omitempty" doc:"temperature, voltage, current, power, fan, humidity, frequency, state …"`
	Unit   string   `json:"unit,omitempty" doc:"°C, V, A, W, rpm, %, Hz, dBm"`
	Value  *float64 `json:"value,omitempty"`
	State  string   `json:"state,omitempty" doc:"ok, unavailable, nonoperational, or what the maker says"`
	Source string   `json:"source,omitempty" doc:"the table it was read from"`
}

// Storage is memory or a file system: HOST-RESOURCES-MIB.
type Storage struct {
	Index int64  `json:"index"`
	Name  string `json:"name,omitempty"`
	Kind  string `json:"kind,omitempty" doc:"ram, virtual-memory, fixed-disk, removable-disk, flash, network-disk, ram-disk, other"`
	Bytes *int64 `json:"bytes,omitempty"`
	Used  *int64 `json:"used_bytes,omitempty"`
}

// Processor is a processor and its load.
type Processor struct {
	Index int64  `json:"index"`
	Name  string `json:"name,omitempty"`
	Load  *int64 `json:"load_percent,omitempty"`
}

// Printer is what a printer tells beside its identity: Printer-MIB.
type Printer struct {
	Status   string   `json:"status,omitempty" doc:"idle, printing, warmup, other, unknown"`
	Errors   []string `json:"errors,omitempty" doc:"low-paper, no-paper, low-toner, no-toner, door-open, jammed, offline, service-requested …"`
	Pages    *int64   `json:"pages,omitempty" doc:"life count of the marker, in its unit"`
	Unit     string   `json:"unit,omitempty" doc:"impressions, sheets …"`
	Console  []string `json:"console,omitempty" doc:"what the display shows"`
	Supplies []Supply `json:"supplies,omitempty"`
	Trays    []Tray   `json:"trays,omitempty"`
	Alerts   []string `json:"alerts,omitempty"`
}

// Supply is something a printer uses up or fills.
type Supply struct {
	Index   string `json:"index"`
	Name    string `json:"name,omitempty"`
	Kind    string `json:"kind,omitempty" doc:"toner, ink, drum, waste-toner, fuser, transfer-unit …"`
	Color   string `json:"color,omitempty"`
	Max     *int64 `json:"max,omitempty"`
	Level   *int64 `json:"level,omitempty"`
	Unit    string `json:"unit,omitempty"`
	Percent *int   `json:"percent,omitempty" doc:"what is left, or for a receptacle the room left; absent where only a state is told"`
	State   string `json:"state,omitempty" doc:"some-left or unknown where the level is no number"`
	Filled  bool   `json:"receptacle,omitempty" doc:"it fills rather than empties"`
}

// Tray is an input of paper.
type Tray struct {
	Index string `json:"index"`
	Name  string `json:"name,omitempty"`
	Media string `json:"media,omitempty"`
	Max   *int64 `json:"max,omitempty"`
	Level *int64 `json:"level,omitempty"`
	State string `json:"state,omitempty" doc:"some-left or unknown where the level is no number"`
}

// UPS is an uninterruptible power supply: UPS-MIB (RFC 1628), PowerNet-MIB.
type UPS struct {
	Battery     string    `json:"battery,omitempty" doc:"normal, low, depleted or unknown"`
	Output      string    `json:"output,omitempty" doc:"normal, battery, bypass, booster, reducer, none, other, off …"`
	OnBattery   *float64  `json:"on_battery_seconds,omitempty"`
	Runtime     *float64  `json:"runtime_minutes,omitempty" doc:"estimated to the end"`
	Charge      *float64  `json:"charge_percent,omitempty"`
	Load        *float64  `json:"load_percent,omitempty" doc:"of the most loaded output"`
	BatteryV    *float64  `json:"battery_volts,omitempty"`
	Temperature *float64  `json:"temperature_celsius,omitempty"`
	InputV      []float64 `json:"input_volts,omitempty"`
	OutputV     []float64 `json:"output_volts,omitempty"`
	OutputW     []float64 `json:"output_watts,omitempty"`
	Alarms      *int64    `json:"alarms,omitempty"`
	Replace     *bool     `json:"replace_battery,omitempty"`
	Replaced    string    `json:"battery_replaced,omitempty" doc:"as the device writes it"`
}
