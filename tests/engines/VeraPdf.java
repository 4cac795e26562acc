// Judges PDFs: `java -cp JARS VeraPdf.java FLAVOUR FILE [FLAVOUR FILE ...]`. A line per failed rule:
// number of the pair, rule, message, in tabs; then the line "judged N", without which nothing was proved.
import java.io.File;
import java.util.TreeMap;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;

public class VeraPdf {
    public static void main(String[] pairs) throws Exception {
        VeraGreenfieldFoundryProvider.initialise();
        for (int at = 0; at < pairs.length / 2; at++) {
            PDFAFlavour flavour = PDFAFlavour.byFlavourId(pairs[2 * at]);
            if (flavour == PDFAFlavour.NO_FLAVOUR) throw new IllegalArgumentException(pairs[2 * at]);
            var foundry = Foundries.defaultInstance();
            try (var parser = foundry.createParser(new File(pairs[2 * at + 1]), flavour);
                 var validator = foundry.createValidator(flavour, false)) {
                var result = validator.validate(parser);
                if (result.getTotalAssertions() == 0) throw new IllegalStateException("nothing was looked at");
                var failed = new TreeMap<String, String>();
                for (TestAssertion one : result.getTestAssertions()) {
                    var rule = one.getRuleId();
                    failed.putIfAbsent(rule.getClause() + "-" + rule.getTestNumber(), one.getMessage());
                }
                if (failed.isEmpty() != result.isCompliant()) failed.put("verdict", "says otherwise");
                for (var one : failed.entrySet())
                    System.out.println(at + "\t" + one.getKey() + "\t" + one.getValue().replaceAll("\\s+", " "));
            }
        }
        System.out.println("judged " + pairs.length / 2);
    }
}
