// Send what is asked for to the hook's topic, as a hook would. Argument: folder.
// A file `<n>.ask` names an entity; `<n>.told` then says `ok`, once the broker has the message, or why not.
// Ends when the folder is gone.
import org.apache.atlas.ApplicationProperties
import org.apache.atlas.model.instance.AtlasEntity
import org.apache.atlas.model.instance.AtlasEntity.AtlasEntitiesWithExtInfo
import org.apache.atlas.model.notification.HookNotification.EntityCreateRequestV2
import org.apache.atlas.notification.AbstractNotification
import org.apache.kafka.clients.producer.KafkaProducer
import org.apache.kafka.clients.producer.ProducerRecord
import java.util.concurrent.TimeUnit

def settings = new Properties()
settings['bootstrap.servers'] = ApplicationProperties.get().getString('atlas.kafka.bootstrap.servers')
settings['key.serializer'] = settings['value.serializer'] = 'org.apache.kafka.common.serialization.StringSerializer'
settings['acks'] = 'all'
settings['retries'] = '0'
['max.block.ms': '3000', 'request.timeout.ms': '3000'].each { key, value -> settings[key] = value }
def producer = new KafkaProducer(settings)

def send = { name ->
  def entity = new AtlasEntity('hive_db')
  [qualifiedName: name, name: name, clusterName: 'metadrill'].each { key, value -> entity.setAttribute(key, value) }
  def texts = []
  def message = new EntityCreateRequestV2('metadrill', new AtlasEntitiesWithExtInfo(entity))
  AbstractNotification.createNotificationMessages(message, texts)
  texts.each { producer.send(new ProducerRecord('ATLAS_HOOK', it)).get(5, TimeUnit.SECONDS) }
}
def folder = new File(args[0])
def tell = { name, text ->
  def draft = new File(folder, "${name}.draft")
  draft.text = text
  draft.renameTo(new File(folder, "${name}.told"))
}
tell('ready', 'ok')
while (folder.isDirectory()) {
  (folder.listFiles() ?: []).findAll { it.name.endsWith('.ask') }.sort().each { asked ->
    def number = asked.name - '.ask'
    if (new File(folder, "${number}.told").exists()) { return }
    try {
      send(asked.text)
      tell(number, 'ok')
    } catch (Exception error) {
      tell(number, "${error.class.simpleName}: ${error.message}")
    }
  }
  sleep(20)
}
System.exit(0)
