package dev.kq.testkit.guarantee;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Within one process no two handlers have records at the same time that must come one after the other: of the same
 * partition and key, or of the same partition, as the ordering says.
 *
 * <p>Sound in the order of the log alone: a handler writes its begin first and its end last, and both lines are written
 * under one lock. Across processes two flights may overlap: a frozen process does not know yet that its partitions went
 * to another one.
 */
public final class OverlapCheck implements Check {
    /** A check without settings. */
    public OverlapCheck() {}

    @Override
    public List<String> breaches(Evidence evidence) {
        List<String> breaches = new ArrayList<>();
        for (Evidence.Run run : evidence.runs()) {
            Map<String, Event> flying = new HashMap<>();
            for (Event event : run.events()) {
                String lane = evidence.lane(event);
                if (lane == null) {
                    continue;
                }
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
    private static @Nullable Event flightOf(@Nullable Event flying, Event end) {
        return flying != null && flying.offset() == end.offset() ? flying : null;
    }
}
