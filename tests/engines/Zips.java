// `java Zips.java write COUNT FILE`: a zip file as Atlas' export makes it (ZipOutputStream).
// `java Zips.java read FILE`: name, size and CRC of each entry, as Atlas' import reads it (ZipInputStream).
import java.io.*;
import java.nio.charset.StandardCharsets;
import java.util.zip.*;

public class Zips {
    public static void main(String[] words) throws Exception {
        if (words[0].equals("write")) {
            try (ZipOutputStream out = new ZipOutputStream(new BufferedOutputStream(new FileOutputStream(words[2])))) {
                for (int number = 0; number < Integer.parseInt(words[1]); number++) {
                    out.putNextEntry(new ZipEntry(number + ".json"));
                    out.write(("{\"entity\":{\"guid\":\"" + number + "\"}}").getBytes(StandardCharsets.UTF_8));
                    out.closeEntry();
                }
            }
            return;
        }
        PrintStream answer = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        try (ZipInputStream in = new ZipInputStream(new BufferedInputStream(new FileInputStream(words[1])))) {
            for (ZipEntry entry; (entry = in.getNextEntry()) != null; ) {
                byte[] content = in.readAllBytes();
                CRC32 crc = new CRC32();
                crc.update(content);
                answer.println(entry.getName() + "\t" + content.length + "\t" + crc.getValue());
            }
        }
        answer.flush();
    }
}
