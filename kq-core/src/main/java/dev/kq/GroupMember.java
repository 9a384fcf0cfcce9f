package dev.kq;

/** A service as its group knows it: what it says of itself is asked once, when it is added. Immutable. */
record GroupMember(Service service, String label, Service.Phase phase, ServiceGroup.WhenEnded whenEnded) {
    static GroupMember of(Service service, ServiceGroup.WhenEnded whenEnded) {
        String type = service.getClass().getSimpleName();
        String name = service.name();
        // A queue and a pusher of one topic have one name.
        String label = type.isEmpty() || type.equals(name) ? name : type + " " + name;
        return new GroupMember(service, label, service.phase(), whenEnded);
    }
}
