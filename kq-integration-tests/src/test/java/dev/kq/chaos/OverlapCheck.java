package dev.kq.chaos;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Within one process no two handlers have records of the same partition and key at the same time.
 *
 * <p>Sound in the order of the log alone: a handler writes its begin first and its end last, and both lines are written
 * under one lock. Across processes two flights may overlap: a frozen instance does not know yet that its partitions
 * went to another one.
 */
final class OverlapCheck implements Check {
    @Override
    public List<String> breaches(Evidence evidence) {
        List<String> breaches = new ArrayList<>();
        for (Evidence.Run run : evidence.runs()) {
            Map<String, Event> flying = new HashMap<>();
            for (Event event : run.events()) {
                String lane = event.partition() + "/" + event.text();
                switch (event.kind()) {
                    case BEGAN -> {
                        Event other = flying.put(lane, event);
                        if (other != null) {
                            breaches.add("overlap: " + run.name() + " began " + event.partition() + "@" + event.offset()
                                    + " of " + event.text() + " while it had @" + other.offset());
                        }
                    }
                    case ENDED, FAILED -> flying.remove(lane, flightOf(flying.get(lane), event));
                    default -> {}
                }
            }
        }
        return breaches;
    }

    /** The flight that the event ends, or null if that was not the one that began last. */
    private static Event flightOf(Event flying, Event end) {
        return flying != null && flying.offset() == end.offset() ? flying : null;
    }
}
